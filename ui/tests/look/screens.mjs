// The screens to look at, and how one gets there as an agent would.
const send = async (page, text) => {
  await page.getByRole("textbox", { name: "Votre question ou votre texte" }).fill(text);
  await page.getByRole("button", { name: "Envoyer" }).click();
};
const rail = async (page, size) => {
  if (size !== "full") await page.getByRole("button", { name: "Ouvrir la liste des conversations" }).click();
};
const open = async (page, size) => {
  await rail(page, size);
  await page.getByRole("button", { name: /^Cantine/ }).click();
};
const drag = (page, names, last) =>
  page.evaluate(({ names, last }) => {
    const data = new DataTransfer();
    for (const name of names) data.items.add(new File(["x"], name));
    const fire = (type) => window.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
    fire("dragenter");
    if (last === "drop") fire("drop");
  }, { names, last });

/** @type {Record<string, { scene: string, act?: (page: import("playwright-core").Page, size: string) => Promise<void> }>} */
export const screens = {
  "first-key": { scene: "first" },
  "first-check": {
    scene: "first-passphrase",
    act: async (page) => {
      await page.getByRole("button", { name: "J’ai noté la clé" }).click();
      await page.getByLabel("Groupe 3").fill("9hrw");
      await page.getByLabel("Groupe 7").fill("abcd");
      await page.getByLabel("Phrase secrète").fill("le tilleul de la place");
      await page.getByLabel("La même").fill("le tilleul de la place");
      await page.getByRole("button", { name: "Ouvrir Clocher" }).click();
    },
  },
  locked: { scene: "locked" },
  "locked-key": {
    scene: "locked",
    act: async (page) => {
      await page.getByRole("button", { name: "J’ai ma clé de secours" }).click();
      await page.getByLabel("Clé de secours").fill("K7QM 2XTB 9HRW");
      await page.getByRole("button", { name: "Ouvrir" }).click();
    },
  },
  damaged: { scene: "damaged" },
  empty: { scene: "empty" },
  home: { scene: "home" },
  loading: { scene: "loading" },
  absent: { scene: "absent", act: async (page) => page.getByRole("button", { name: "Aucun modèle" }).click() },
  model: { scene: "home", act: async (page) => page.getByRole("button", { name: /prêt$/ }).click() },
  talk: { scene: "home", act: open },
  source: {
    scene: "home",
    act: async (page, size) => {
      await open(page, size);
      await page.getByRole("button", { name: /Délibération, p\.\s2$/ }).click();
      await page.locator("mark").waitFor();
    },
  },
  "source-near": {
    scene: "home",
    act: async (page, size) => {
      await open(page, size);
      await page.getByRole("button", { name: /Règlement, p\.\s6$/ }).click();
      await page.locator("mark").waitFor();
    },
  },
  rename: {
    scene: "home",
    act: async (page, size) => {
      await open(page, size);
      await page.getByRole("button", { name: "Renommer la conversation" }).click();
    },
  },
  reading: { scene: "reading", act: async (page, size) => { await open(page, size); await send(page, "Et pour les agents ?"); } },
  writing: {
    scene: "writing",
    act: async (page, size) => {
      await open(page, size);
      await send(page, "Que dit le règlement ?");
      await page.getByRole("cell", { name: "moins de 500" }).waitFor();
    },
  },
  busy: {
    scene: "writing",
    act: async (page, size) => {
      await open(page, size);
      await send(page, "Que dit le règlement ?");
      await rail(page, size);
      await page.getByRole("button", { name: "Réponse à M. Lefèvre", exact: true }).click();
    },
  },
  rich: {
    scene: "rich",
    act: async (page, size) => {
      await open(page, size);
      await send(page, "Que dit le règlement ?");
      await page.getByText("Réponse en cours…").waitFor({ state: "hidden" });
    },
  },
  failed: { scene: "failed", act: async (page, size) => { await open(page, size); await send(page, "Et pour les agents ?"); } },
  refused: { scene: "refused", act: async (page, size) => { await open(page, size); await send(page, "Et pour les agents ?"); } },
  documents: {
    scene: "documents",
    act: async (page) => {
      await drag(page, ["Délibération 2026-47.pdf", "Plan du lotissement.pdf", "Règlement intérieur.pdf", "Notes.txt"], "drop");
      await page.getByRole("button", { name: "Arrêter la lecture de « Règlement intérieur.pdf »" }).waitFor();
    },
  },
  drop: { scene: "home", act: (page) => drag(page, ["Note.pdf"], "hover") },
  rail: { scene: "home", act: rail },
  search: {
    scene: "home",
    act: async (page, size) => {
      await rail(page, size);
      await page.getByRole("searchbox").fill("cantine");
      await page.waitForTimeout(350);
    },
  },
  nothing: {
    scene: "home",
    act: async (page, size) => {
      await rail(page, size);
      await page.getByRole("searchbox").fill("piscine");
      await page.waitForTimeout(350);
    },
  },
  delete: {
    scene: "home",
    act: async (page, size) => {
      await rail(page, size);
      await page.getByRole("button", { name: "Supprimer « Réponse à M. Lefèvre »" }).focus();
      await page.keyboard.press("Enter");
    },
  },
  long: { scene: "home", act: async (page) => send(page, "Le conseil municipal, après en avoir délibéré. ".repeat(20000)) },
};
