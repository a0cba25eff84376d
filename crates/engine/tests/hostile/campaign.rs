//! The campaign: children try the files, so that an abort ends one of them and is seen; this process
//! listens, starts another after the file that killed the last, and counts.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::bases::{Base, Bases};
use crate::case::{Case, Family};
use crate::families::{self, mutations};
use crate::trial::{self, Trial, Verdict};

/// A child silent for so long has hung.
const SILENCE: Duration = Duration::from_secs(60);

/// What is to be tried.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Files at least.
    pub files: usize,
    /// The short form: a share of each family.
    pub short: bool,
    /// Of the first mutation.
    pub seed: u64,
    /// Mutations alone, for so long.
    pub seconds: Option<u64>,
}

/// All the files of a plan, by index: the systematic ones, then mutations.
pub struct Files {
    bases: Bases,
    companion: Base,
    pub families: Vec<Family>,
    /// The family and the place in it of each systematic file.
    index: Vec<(usize, usize)>,
    plan: Plan,
}

impl Files {
    pub fn new(plan: Plan) -> Self {
        let bases = Bases::new();
        let mut families = if plan.seconds.is_some() {
            Vec::new()
        } else {
            families::all(&bases)
        };
        if plan.short {
            thin(&mut families, plan.files * 3 / 4);
        }
        let places =
            |(family, of): (usize, &Family)| (0..of.cases.len()).map(move |case| (family, case));
        let index: Vec<_> = families.iter().enumerate().flat_map(places).collect();
        families.push(Family::new(
            "all",
            "seeded mutations of valid files",
            Vec::new(),
        ));
        Self {
            companion: bases.companion().forms.remove(0),
            bases,
            families,
            index,
            plan,
        }
    }

    pub fn len(&self) -> usize {
        match self.plan.seconds {
            Some(_) => usize::MAX,
            // A tenth at least is anything.
            None => self.plan.files.max(self.index.len() + self.plan.files / 10),
        }
    }

    /// The family of a file.
    pub fn family(&self, index: usize) -> usize {
        self.index
            .get(index)
            .map_or(self.families.len() - 1, |(family, _)| *family)
    }

    /// Gives a file to `use_it`.
    pub fn with<T>(&self, index: usize, use_it: impl FnOnce(&Case) -> T) -> T {
        match self.index.get(index) {
            Some((family, case)) => use_it(&self.families[*family].cases[*case]),
            None => {
                let seed = self
                    .plan
                    .seed
                    .wrapping_add((index - self.index.len()) as u64);
                use_it(&mutations::case(&self.bases, &self.companion, seed))
            }
        }
    }
}

/// Keeps a share of each family, spread over it, and none of its large files.
fn thin(families: &mut [Family], wanted: usize) {
    let all: usize = families.iter().map(|family| family.cases.len()).sum();
    for family in families {
        family.cases.retain(|case| !case.heavy);
        let count = family.cases.len();
        let kept = (count * wanted / all).max(8).min(count);
        let mut at = 0;
        family.cases.retain(|_| {
            at += 1;
            (at - 1) * kept / count != at * kept / count
        });
    }
}

/// Tries every `step`-th file from `from` on, and says so line by line. In a child.
pub fn child(plan: Plan, from: usize, step: usize) {
    trial::silence();
    let files = Files::new(plan);
    let path = trial::place(&from.to_string());
    let mut out = std::io::stdout().lock();
    let begun = Instant::now();
    for index in (from..files.len()).step_by(step) {
        if plan
            .seconds
            .is_some_and(|seconds| begun.elapsed().as_secs() >= seconds)
        {
            break;
        }
        writeln!(out, "{index}").unwrap();
        out.flush().unwrap();
        let trial = files.with(index, |case| trial::run(case, &path));
        let Trial {
            verdict,
            seconds,
            excess,
            found,
        } = trial;
        let found = found.replace(['\n', '\t'], " ");
        writeln!(
            out,
            "{index}\t{}\t{seconds}\t{excess}\t{found}",
            verdict.word()
        )
        .unwrap();
        out.flush().unwrap();
    }
    let _ = std::fs::remove_file(path);
}

/// Runs all of a plan on every core, and gives each trial to `heard`.
pub fn run(plan: Plan, files: &Files, heard: &mut dyn FnMut(usize, Trial)) {
    let shards = std::thread::available_parallelism().map_or(1, usize::from);
    let count = files.len();
    let (send, receive) = channel();
    std::thread::scope(|scope| {
        for shard in 0..shards {
            let send = send.clone();
            scope.spawn(move || {
                let mut from = shard;
                let mut left = plan.seconds;
                while from < count {
                    let begun = Instant::now();
                    let plan = Plan {
                        seconds: left,
                        ..plan
                    };
                    match listen(plan, from, shards, &mut |index, trial| {
                        send.send((index, trial)).unwrap()
                    }) {
                        None => break,
                        // The next after the one that ended the child.
                        Some(index) => from = index + shards,
                    }
                    left = left.map(|left| left.saturating_sub(begun.elapsed().as_secs()));
                }
            });
        }
        drop(send);
        for (index, trial) in receive {
            heard(index, trial);
        }
    });
}

/// Starts a child and listens to its end; the file that ended it, if one did.
fn listen(
    plan: Plan,
    from: usize,
    step: usize,
    heard: &mut dyn FnMut(usize, Trial),
) -> Option<usize> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--child", &from.to_string(), &step.to_string()])
        .args([
            "--files",
            &plan.files.to_string(),
            "--seed",
            &plan.seed.to_string(),
        ])
        .args(plan.short.then_some("--short"))
        .args(plan.seconds.map(|seconds| format!("--seconds={seconds}")))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let lines = lines(&mut child);
    let mut under_test = None;
    let mut silent = false;
    loop {
        match lines.recv_timeout(SILENCE) {
            Ok(line) => match result(&line) {
                Some((index, trial)) => {
                    under_test = None;
                    heard(index, trial);
                }
                None => under_test = line.parse().ok(),
            },
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => break,
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
                silent = true;
                child.kill().unwrap();
                break;
            }
        }
    }
    let status = child.wait().unwrap();
    // What a child that was killed left in its place.
    let place = trial::place(&from.to_string())
        .to_string_lossy()
        .into_owned();
    let own = format!("-{}-", std::process::id());
    let _ = std::fs::remove_file(place.replace(&own, &format!("-{}-", child.id())));
    if under_test.is_none() {
        assert!(
            status.success(),
            "a child ended between two files: {status}"
        );
    }
    let index = under_test?;
    heard(
        index,
        Trial {
            verdict: if silent {
                Verdict::Hung
            } else {
                Verdict::Aborted
            },
            seconds: if silent { SILENCE.as_secs_f64() } else { 0.0 },
            excess: 0,
            found: status.to_string(),
        },
    );
    Some(index)
}

/// The lines of a child's output, from a thread that ends with it.
fn lines(child: &mut Child) -> Receiver<String> {
    let (send, receive) = channel();
    let out = BufReader::new(child.stdout.take().unwrap());
    std::thread::spawn(move || {
        for line in out.lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                break;
            }
        }
    });
    receive
}

fn result(line: &str) -> Option<(usize, Trial)> {
    let parts: Vec<&str> = line.splitn(5, '\t').collect();
    let [index, verdict, seconds, excess, found] = parts[..] else {
        return None;
    };
    let trial = Trial {
        verdict: Verdict::named(verdict)?,
        seconds: seconds.parse().ok()?,
        excess: excess.parse().ok()?,
        found: found.to_owned(),
    };
    Some((index.parse().ok()?, trial))
}
