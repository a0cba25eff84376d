//! The table that a measure prints, row by row as figures come.

/// Rows so far.
pub struct Table {
    name: &'static str,
    rows: usize,
    met: usize,
}

impl Table {
    /// An empty table under a measure's name.
    pub fn open(name: &'static str) -> Self {
        println!("{:<62} {:<22} {:<34} verdict", "target", "goal", "figure");
        Self {
            name,
            rows: 0,
            met: 0,
        }
    }

    /// A row: what is wanted, what was found, and whether that is enough.
    pub fn row(&mut self, target: &str, goal: &str, figure: &str, met: bool) {
        self.rows += 1;
        self.met += usize::from(met);
        println!(
            "{target:<62} {goal:<22} {figure:<34} {}",
            if met { "met" } else { "MISSED" }
        );
    }

    /// A figure that must be at most `most`.
    pub fn at_most(&mut self, target: &str, most: f64, unit: &str, figure: Option<f64>) {
        let shown = figure.map_or_else(
            || String::from("none"),
            |figure| format!("{figure:.3} {unit}"),
        );
        self.row(
            target,
            &format!("≤ {most} {unit}"),
            &shown,
            figure.is_some_and(|figure| figure <= most),
        );
    }

    /// A figure that must be at least `least`.
    pub fn at_least(&mut self, target: &str, least: f64, unit: &str, figure: Option<f64>) {
        let shown = figure.map_or_else(
            || String::from("none"),
            |figure| format!("{figure:.3} {unit}"),
        );
        self.row(
            target,
            &format!("≥ {least} {unit}"),
            &shown,
            figure.is_some_and(|figure| figure >= least),
        );
    }

    /// The last line; whether every row was met.
    pub fn close(self) -> bool {
        println!("{}: {} of {} met", self.name, self.met, self.rows);
        self.rows > 0 && self.met == self.rows
    }
}
