// The screens to look at: each lays out a house, as a town hall would have left it.
import type { Citation, Conversation, PageBlock } from "../../src/lib/bridge/bindings";
import { House, trouble } from "./house";

const HOUR = 3_600_000;
const heading = (text: string): PageBlock => ({ heading: true, text });
const line = (text: string): PageBlock => ({ heading: false, text });

const deliberation: PageBlock[][] = [
  [heading("COMMUNE DE SAINT-AUBIN-DES-PRÉS"), line("Extrait du registre des délibérations du conseil municipal."), line("Séance du 3 novembre 2026.")],
  [
    heading("DÉLIBÉRATION N° 2026-47"),
    line("Le conseil municipal, régulièrement convoqué, s’est réuni en séance ordinaire sous la présidence de Madame la Maire."),
    line("Vu le code général des collectivités territoriales ;"),
    line("Considérant la hausse du coût des denrées de 4,1 % ;"),
    line("Après en avoir délibéré, à l’unanimité,"),
    line("Article 1er. — Le prix du repas est fixé à 3,85 € pour un enfant domicilié dans la commune et à 5,10 € pour un enfant domicilié hors de la commune."),
    line("Article 2. — Le tarif des repas pris par les agents est fixé à 6,20 €."),
  ],
  [line("Article 3. — Ces tarifs s’appliquent à compter du 1er janvier 2027."), line("Article 4. — Madame la Maire est chargée de l’exécution de la présente délibération.")],
  [],
];
const reglement: PageBlock[][] = Array.from({ length: 12 }, (_, i) => [
  heading(`Règlement intérieur — page ${i + 1}`),
  line("Une réduction de 20 % est accordée dès le deuxième enfant inscrit au restaurant scolaire."),
]);

const answer =
  "Le repas est fixé à **3,85 €** pour un enfant de la commune. Ce tarif s’applique à compter du **1er janvier 2027**.\n\n" +
  "Le règlement intérieur prévoit une réduction de 20 % dès le deuxième enfant. Vos documents ne disent pas si elle reste valable en 2027.";

function cantine(house: House): Conversation {
  const one = house.document("Délibération 2026-47 — Tarifs du restaurant scolaire.pdf", deliberation, [4]);
  const two = house.document("Règlement intérieur.pdf", reglement);
  const cite = (after: string, document: number, label: string, page: number, quote: string, verbatim = true): Citation => ({
    after: answer.indexOf(after) + after.length, document, label, page, quote, verbatim,
  });
  return house.conversation("Cantine : tarifs 2027", house.now() - HOUR / 2, {
    documents: [one, two],
    messages: [
      house.message("user", "Quel tarif le conseil a-t-il voté pour un enfant de la commune, et à partir de quand ?"),
      house.message("assistant", answer, {
        citations: [
          cite("enfant de la commune.", one.id, "Délibération", 2, "Le prix du repas est fixé à 3,85 € pour un enfant domicilié dans la commune"),
          cite("**1er janvier 2027**.", one.id, "Délibération", 3, "Ces tarifs s’appliquent à compter du 1er janvier 2027."),
          cite("deuxième enfant.", two.id, "Règlement", 6, "Une réduction de 20 % est accordée dès le deuxième enfant inscrit", false),
        ],
        sources: [1, 2, 3].map((page) => ({ document: one.id, label: "Délibération", page })).concat([{ document: two.id, label: "Règlement", page: 6 }]),
      }),
    ],
  });
}

function others(house: House): void {
  const at = (days: number) => house.now() - days * 24 * HOUR;
  house.conversation("Réponse à M. Lefèvre", house.now() - HOUR, { messages: [house.message("user", "Bonjour")] });
  house.conversation("Arrêté fête de la Saint-Jean", house.now() - 2 * HOUR);
  house.conversation("Conseil du 12 décembre", at(1));
  house.conversation("Urbanisme : permis de construire de la rue des Lilas, pièces manquantes", at(1.1));
  house.conversation("Compte rendu du CCAS", at(30));
}

const rich =
  "## Ce que dit le règlement\n\nTrois points à retenir :\n\n1. L’inscription se fait **avant le 15 juin**\n2. Le paiement est *mensuel*\n   - par prélèvement\n   - ou en mairie\n3. Toute absence est signalée\n\n" +
  "| Quotient | Tarif | Réduction |\n|---|---:|---:|\n| moins de 500 | 1,00 € | 74 % |\n| 500 à 900 | 2,40 € | 38 % |\n| plus de 900 | 3,85 € | — |\n\n" +
  "> Le restaurant scolaire est un service facultatif.\n\n```\nRéf. : 2026-47\n```\n\nVoir [la page de la CAF](https://www.caf.fr/quotient?a=1) et ![un plan de la cantine](plan.png).";

const diskFull = trouble("diskFull", "Le disque est plein : rien de plus ne peut être enregistré. Ce qui était enregistré est intact.", "Libérez de la place sur le disque, puis recommencez ; votre texte est conservé à l’écran.");

export const scenes: Record<string, (house: House) => void> = {
  first: (house) => void (house.state = { history: { state: "firstStart" }, version: "0.1.0", formats: ["pdf", "txt"], violations: 0 }),
  "first-passphrase": (house) => {
    house.state = { history: { state: "firstStart" }, version: "0.1.0", formats: ["pdf", "txt"], violations: 0 };
    house.setup = { ...house.setup, keychain: false };
  },
  locked: (house) => {
    const why = trouble("historyKeyMissing", "La clé de votre historique est introuvable dans le trousseau de ce poste. Rien n’a été effacé.", "Saisissez la clé de secours que vous avez notée à la première ouverture, ou votre phrase secrète.");
    house.state = { history: { state: "locked", trouble: why, passphrase: true }, version: "0.1.0", formats: ["pdf", "txt"], violations: 0 };
  },
  damaged: (house) => {
    const why = trouble("historyDamaged", "L’historique est abîmé et n’a pas été ouvert. Il n’a pas été modifié.", "Prévenez votre service informatique : le dossier de données est à restaurer d’une sauvegarde.");
    house.state = { history: { state: "locked", trouble: why, passphrase: false }, version: "0.1.0", formats: ["pdf", "txt"], violations: 0 };
  },
  empty: () => undefined,
  home: (house) => {
    cantine(house);
    others(house);
    house.pace = 60;
  },
  loading: (house) => {
    others(house);
    house.model = { state: "loading", name: "Ministral 3 3B", fraction: 0.42 };
  },
  absent: (house) => {
    others(house);
    house.model = { state: "absent", trouble: trouble("modelAbsent", "Aucun modèle n’est installé sur ce poste.", "Déposez un fichier de modèle (.gguf) dans le dossier des modèles, ou demandez-le à votre service informatique.") };
  },
  reading: (house) => {
    cantine(house);
    others(house);
    house.scripts = [{ reading: [{ done: 840, total: 2000, secondsLeft: 12 }], words: [], end: {}, stall: true }];
  },
  writing: (house) => {
    cantine(house);
    others(house);
    house.scripts = [{ reading: [], words: rich.slice(0, 420).split(/(?<=\s)/), end: {}, stall: true }];
  },
  rich: (house) => {
    cantine(house);
    others(house);
    const notices = [{ kind: "passagesOnly" as const, text: "Les documents sont trop longs pour être lus en entier : Clocher a lu les 6 passages les plus proches de votre question." }];
    house.scripts = [{ reading: [], words: rich.split(/(?<=\s)/), end: { notices } }];
  },
  failed: (house) => {
    cantine(house);
    others(house);
    house.scripts = [{ reading: [], words: ["Le repas "], end: { state: "failed", trouble: diskFull } }];
  },
  refused: (house) => {
    cantine(house);
    others(house);
    house.scripts = [{ reading: [], words: [], end: {}, refused: diskFull }];
  },
  documents: (house) => {
    others(house);
    const broken = trouble("documentBroken", "« Plan du lotissement.pdf » est abîmé et ne peut pas être lu.", "Ouvrez-le dans votre lecteur habituel et enregistrez-le de nouveau, ou demandez-en une autre copie.");
    house.readings = [{ pages: deliberation, unread: [4] }, { pages: [], refused: broken }, { pages: reglement, stall: true }];
  },
};

/** Lays the scene named in `?scene=`, or home's, behind the door of this window. */
export function lay(): House {
  const name = new URL(location.href).searchParams.get("scene") ?? "home";
  const house = new House();
  scenes[name]?.(house);
  return house.install();
}
