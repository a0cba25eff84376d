#!/usr/bin/env python3
"""Makes every file of this folder afresh: the papers of Saint-Aubin-des-Prés, which does not exist.

All text is ours, and under the repository's licence. Made with Python 3.11, LibreOffice 7.4.7
(Debian package libreoffice-writer-nogui, fonts-liberation) and pdftoppm 22.12 (poppler-utils):

    python3 tests/corpus/make.py

LibreOffice writes the date into its PDFs, so their bytes differ from run to run; their text does
not. The scanned page and the damaged files are made here, without LibreOffice.
"""

import json
import pathlib
import subprocess
import tempfile
import zlib
from xml.sax.saxutils import escape

HERE = pathlib.Path(__file__).resolve().parent
PASSWORD = "cantine"

# A paragraph is (style, text). "break" in the style's name begins a page.
DELIBERATION = [
    ("centre", "RÉPUBLIQUE FRANÇAISE"),
    ("centre", "Commune de Saint-Aubin-des-Prés"),
    ("title", "Extrait du registre des délibérations du conseil municipal"),
    ("centre", "Séance du jeudi 3 décembre 2026"),
    ("heading", "Délibération n° 2026-47 : tarifs de la restauration scolaire"),
    ("body", "L’an deux mille vingt-six, le trois décembre à dix-neuf heures trente, le conseil municipal de "
     "la commune de Saint-Aubin-des-Prés, régulièrement convoqué le 26 novembre 2026, s’est réuni en séance "
     "publique à la mairie, sous la présidence de Madame Hélène Lefèvre, maire."),
    ("body", "Nombre de conseillers en exercice : 15. Présents : 12. Pouvoirs : 2. Votants : 14. "
     "Quorum : 8."),
    ("body", "Étaient présents : Mme Hélène Lefèvre, M. Bruno Morel, Mme Aïcha Benali, M. Yves Prigent, "
     "Mme Cécile Garnier, M. Loïc Hervé, Mme Noémie Châtelain, M. Étienne Bœuf, Mme Solène Kerguélen, "
     "M. François Maçon, Mme Élodie Naïm, M. Rémi Dupuis."),
    ("body", "Avaient donné pouvoir : M. Gaël Lenoir à M. Bruno Morel ; Mme Zoé Aubry à Mme Cécile Garnier. "
     "Était absent : M. Jean-Noël Tessier. Secrétaire de séance : M. Yves Prigent."),
    ("heading", "Exposé des motifs"),
    ("body", "Madame le maire rappelle que la commune assure le service de restauration des écoles maternelle "
     "et élémentaire Jacques-Prévert, qui a servi 18 432 repas au cours de l’année scolaire 2025-2026. "
     "Le coût de revient d’un repas, denrées, personnel et énergie compris, s’est élevé à 9,72 €. "
     "Les tarifs n’ont pas été révisés depuis le 1er septembre 2023."),
    ("body", "Le marché conclu avec le fournisseur de denrées a été renouvelé au mois d’octobre 2026 ; "
     "il porte à 60 % la part des produits durables et de qualité, dont 30 % issus de l’agriculture "
     "biologique, et conduit à une hausse de 0,34 € par repas."),
    ("heading", "Visas"),
    ("body", "Vu le code général des collectivités territoriales, notamment son article L. 2121-29 ;"),
    ("body", "Vu le code de l’éducation, notamment ses articles R. 531-52 et R. 531-53 ;"),
    ("body", "Vu la délibération n° 2023-31 du 22 juin 2023 fixant les tarifs en vigueur ;"),
    ("body", "Vu l’avis de la commission des affaires scolaires réunie le 17 novembre 2026 ;"),
    ("break heading", "Article 1er : prix du repas"),
    ("body", "Le prix du repas est fixé à 3,85 € pour un enfant domicilié dans la commune et à 5,10 € pour un "
     "enfant domicilié hors de la commune. Ces prix comprennent l’accueil et la surveillance de "
     "l’enfant pendant la pause méridienne, de 11 h 45 à 13 h 30."),
    ("heading", "Article 2 : tarifs réduits"),
    ("body", "Les familles domiciliées dans la commune bénéficient d’un tarif réduit selon leur quotient "
     "familial, sur présentation de l’attestation de la caisse d’allocations familiales datant de moins "
     "de trois mois :"),
    ("table", [("Quotient familial", "Prix du repas", "Part de la commune"),
               ("Jusqu’à 400 €", "1,00 €", "8,72 €"),
               ("De 401 € à 800 €", "2,45 €", "7,27 €"),
               ("De 801 € à 1 200 €", "3,20 €", "6,52 €"),
               ("Au-delà de 1 200 €", "3,85 €", "5,87 €")]),
    ("body", "Le tarif réduit s’applique à partir du mois qui suit la présentation de l’attestation ; "
     "il n’est pas rétroactif. À partir du troisième enfant inscrit, une remise de 15 % est accordée sur "
     "le prix de chacun des repas de ce troisième enfant et des suivants."),
    ("heading", "Article 3 : repas des adultes et panier-repas"),
    ("body", "Le prix du repas des enseignants et du personnel communal est fixé à 6,40 €. L’enfant qui "
     "apporte un panier-repas en raison d’un projet d’accueil individualisé acquitte la somme de 1,60 €, "
     "qui correspond à la surveillance."),
    ("body", "Un repas pris sans inscription préalable est majoré de 1,50 €. Cette majoration n’est pas "
     "appliquée en cas d’urgence familiale justifiée auprès du service des affaires scolaires."),
    ("break heading", "Article 4 : entrée en vigueur"),
    ("body", "Les tarifs fixés par la présente délibération s’appliquent à compter du 1er janvier 2027. "
     "La délibération n° 2023-31 du 22 juin 2023 est abrogée à la même date."),
    ("heading", "Article 5 : inscription"),
    ("body", "L’inscription se fait pour l’année scolaire, sur le portail des familles ou à l’accueil de la "
     "mairie. Les parents indiquent :"),
    ("item", "- les jours de la semaine où l’enfant déjeune à l’école ;"),
    ("item", "- les allergies et les régimes, avec le certificat du médecin ;"),
    ("item", "- les personnes autorisées à venir chercher l’enfant en cas d’urgence."),
    ("body", "Toute modification est demandée au plus tard le jeudi à 12 heures pour la semaine suivante. "
     "Les demandes reçues après ce délai ne sont prises en compte qu’à compter de la deuxième semaine."),
    ("heading", "Article 6 : absences et facturation"),
    ("body", "Le repas d’un enfant absent n’est pas facturé lorsque l’absence a été signalée quarante-huit "
     "heures à l’avance, ou sur présentation d’un certificat médical dans les cinq jours. En cas de grève "
     "ou de sortie scolaire, les repas sont décomptés d’office."),
    ("body", "La facture est établie à la fin de chaque mois et payable dans les trente jours, par prélèvement, "
     "par carte bancaire sur le portail ou auprès du service de gestion comptable de Bourgneuf-sur-Orne. "
     "Après deux factures impayées, la famille est reçue en mairie avant toute suspension de l’accueil."),
    ("break heading", "Article 7 : exécution"),
    ("body", "Les recettes correspondantes seront inscrites au budget de la commune, chapitre 70, "
     "article 7067. Madame le maire et le comptable public sont chargés, chacun en ce qui le concerne, "
     "de l’exécution de la présente délibération."),
    ("heading", "Vote"),
    ("body", "Après en avoir délibéré, le conseil municipal adopte la délibération par 12 voix pour et "
     "2 abstentions (Mme Élodie Naïm et M. Rémi Dupuis)."),
    ("heading", "Voies et délais de recours"),
    ("body", "La présente délibération peut faire l’objet, dans un délai de deux mois à compter de sa "
     "publication, d’un recours gracieux devant la commune ou d’un recours pour excès de pouvoir devant le "
     "tribunal administratif de Caen, y compris par l’application Télérecours citoyens."),
    ("body", "Fait et délibéré à Saint-Aubin-des-Prés, le 3 décembre 2026. Publié sur le site de la commune "
     "le 8 décembre 2026. Transmis au représentant de l’État le 7 décembre 2026."),
    ("signature", "Le maire,"),
    ("signature", "Hélène Lefèvre"),
]

BULLETIN_TITLE = "Le Petit Aubinois, bulletin municipal d’automne"
BULLETIN = [
    ("heading", "Un nouveau lavoir"),
    ("body", "Le lavoir de la rue du Puits, construit en 1871, menaçait ruine depuis la crue de février. Les "
     "travaux confiés à l’entreprise Charpentes du Bocage ont commencé le 7 septembre et dureront jusqu’à la "
     "mi-novembre. La charpente de chêne est reprise à l’identique, et les dalles du bassin, numérotées une "
     "à une, retrouveront leur place. Le coût de l’opération est de 84 300 € hors taxes, dont 40 % sont "
     "financés par le département et 20 % par la région."),
    ("body", "Les habitants pourront visiter le chantier le samedi 17 octobre entre 10 heures et midi, en "
     "compagnie de l’architecte. Le nombre de places étant limité à vingt, il convient de s’inscrire à "
     "l’accueil de la mairie."),
    ("heading", "La collecte des déchets change"),
    ("body", "À compter du lundi 2 novembre, les bacs jaunes seront relevés toutes les deux semaines, les "
     "semaines paires, et les bacs gris chaque mardi matin. Les bacs doivent être sortis la veille au soir "
     "et rentrés dans la journée. Le calendrier est distribué dans les boîtes aux lettres ; il est aussi "
     "affiché à la mairie, à la boulangerie et à la bibliothèque."),
    ("heading", "Bibliothèque"),
    ("body", "La bibliothèque municipale ouvre désormais le mercredi de 14 heures à 18 heures et le samedi de "
     "9 h 30 à 12 h 30. L’inscription est gratuite pour tous les habitants. Le prix des lecteurs sera remis "
     "le 28 novembre en présence de l’autrice Marianne Le Goff, dont le roman Les Marées basses a été "
     "emprunté quarante-trois fois cette année."),
    ("body", "L’heure du conte réunit les enfants de trois à six ans le premier samedi du mois. Les bénévoles "
     "qui souhaitent lire ou accueillir sont les bienvenus et peuvent se faire connaître auprès de "
     "Mme Châtelain, adjointe à la culture."),
    ("heading", "Cérémonie du 11 novembre"),
    ("body", "Le rassemblement aura lieu à 10 h 45 devant le monument aux morts. Après le dépôt de gerbe et "
     "la lecture des noms par les élèves de l’école Jacques-Prévert, le verre de l’amitié sera servi dans "
     "la salle des fêtes. En cas de pluie, la cérémonie se tiendra sous le préau de l’école."),
]

NOTICE = """Mairie de Saint-Aubin-des-Prés
1, place de l’Église
Tél. : 02 61 91 00 00

Règlement du cimetière communal

Le cimetière est ouvert au public tous les jours, de 8 heures à 20 heures du
1er avril au 31 octobre et de 9 heures à 17 heures du 1er novembre au 31 mars.
L’entrée est interdite aux animaux, sauf aux chiens d’assistance, et aux
personnes qui ne s’y comporteraient pas avec la décence due au lieu.

Une concession de trente ans coûte 240 € pour deux mètres carrés ; une
concession de cinquante ans coûte 410 €. Le renouvellement est demandé par le
concessionnaire, ou par ses héritiers, dans les deux ans qui suivent
l’échéance. Passé ce délai, la commune peut reprendre l’emplacement.

Les travaux sur les monuments sont déclarés à la mairie quinze jours à
l’avance. Ils sont interdits les dimanches, les jours fériés et du 25 octobre
au 3 novembre inclus. « Nul ne peut œuvrer sans cette déclaration. »
"""

RULES = """# Règlement de la salle des fêtes

Adopté par la délibération **n° 2025-12** du 6 mars 2025.

## Réservation

La demande est déposée *au plus tard* six semaines avant la date, à l’adresse
<salle@saint-aubin-des-pres.example>, et n’est ferme qu’après :

1. la signature du contrat ;
2. le versement des arrhes (30 % du prix) ;
3. l’attestation d’assurance.

## Tarifs

| Usager | Journée | Week-end |
|---|---|---|
| Habitant de la commune | 180 € | 290 € |
| Association de la commune | gratuit | 60 € |
| Extérieur | 320 € | 540 € |

Une caution de **800 €** est demandée. Voir aussi le [plan](https://saint-aubin-des-pres.example/plan).

## Nuisances

> La musique est arrêtée à 2 heures du matin.

- Les issues de secours restent libres.
- Les feux d’artifice sont interdits.
"""

STYLES = """
<style:style style:name="body" style:family="paragraph"><style:paragraph-properties fo:text-align="justify" fo:margin-bottom="0.22cm"/>{text}</style:style>
<style:style style:name="item" style:family="paragraph"><style:paragraph-properties fo:margin-left="0.8cm" fo:margin-bottom="0.1cm"/>{text}</style:style>
<style:style style:name="centre" style:family="paragraph"><style:paragraph-properties fo:text-align="center" fo:margin-bottom="0.1cm"/>{text}</style:style>
<style:style style:name="signature" style:family="paragraph"><style:paragraph-properties fo:margin-left="10cm" fo:margin-top="0.6cm"/>{text}</style:style>
<style:style style:name="title" style:family="paragraph"><style:paragraph-properties fo:text-align="center" fo:margin-top="0.6cm" fo:margin-bottom="0.4cm"/>{large}</style:style>
<style:style style:name="heading" style:family="paragraph"><style:paragraph-properties fo:margin-top="0.5cm" fo:margin-bottom="0.2cm" fo:keep-with-next="always"/>{bold}</style:style>
<style:style style:name="break_20_heading" style:family="paragraph"><style:paragraph-properties fo:break-before="page" fo:margin-bottom="0.2cm"/>{bold}</style:style>
<style:style style:name="table" style:family="table"><style:table-properties style:width="15cm" fo:margin-bottom="0.4cm" table:align="center"/></style:style>
<style:style style:name="cell" style:family="table-cell"><style:table-cell-properties fo:padding="0.1cm" fo:border="0.5pt solid #808080"/></style:style>
<style:style style:name="two" style:family="section"><style:section-properties><style:columns fo:column-count="2" fo:column-gap="0.8cm"><style:column style:rel-width="1*" fo:end-indent="0.4cm"/><style:column style:rel-width="1*" fo:start-indent="0.4cm"/></style:columns></style:section-properties></style:style>
<style:page-layout style:name="a4"><style:page-layout-properties fo:page-width="21cm" fo:page-height="29.7cm" fo:margin-top="2cm" fo:margin-bottom="2cm" fo:margin-left="2.5cm" fo:margin-right="2.5cm"/></style:page-layout>
"""


def text_properties(size, weight="normal"):
    return (f'<style:text-properties style:font-name="Liberation Serif" fo:font-size="{size}pt" '
            f'fo:font-weight="{weight}" fo:language="fr" fo:country="FR"/>')


def paragraph(style, text):
    return f'<text:p text:style-name="{style.replace(" ", "_20_")}">{escape(text)}</text:p>'


def table(rows):
    cells = "".join(
        "<table:table-row>" + "".join(
            f'<table:table-cell table:style-name="cell" office:value-type="string">{paragraph("item", cell)}'
            "</table:table-cell>" for cell in row) + "</table:table-row>" for row in rows)
    return f'<table:table table:style-name="table"><table:table-column table:number-columns-repeated="{len(rows[0])}"/>{cells}</table:table>'


def flat_odt(title, body):
    names = "office style text table fo meta dc".split()
    spaces = {name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in names}
    spaces["fo"] = "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"
    spaces["dc"] = "http://purl.org/dc/elements/1.1/"
    spaces["svg"] = "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"
    declared = " ".join(f'xmlns:{name}="{uri}"' for name, uri in spaces.items())
    styles = STYLES.format(text=text_properties(12), large=text_properties(16, "bold"), bold=text_properties(12, "bold"))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document {declared} office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.text">
<office:meta><dc:title>{escape(title)}</dc:title></office:meta>
<office:font-face-decls><style:font-face style:name="Liberation Serif" svg:font-family="'Liberation Serif'"/></office:font-face-decls>
<office:automatic-styles>{styles}</office:automatic-styles>
<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="a4"/></office:master-styles>
<office:body><office:text>{body}</office:text></office:body></office:document>"""


def to_pdf(source, target, options=None):
    export = "pdf:writer_pdf_Export" + (":" + json.dumps(options) if options else "")
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "document.fodt")
        path.write_text(source, encoding="utf-8")
        subprocess.run(["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile",
                        "--convert-to", export, "--outdir", folder, str(path)],
                       check=True, stdout=subprocess.DEVNULL)
        target.write_bytes(pathlib.Path(folder, "document.pdf").read_bytes())


def scan(source, target):
    """The first page of a PDF as a picture, and nothing else."""
    picture = subprocess.run(["pdftoppm", "-r", "100", "-gray", "-f", "1", "-l", "1", str(source)],
                             check=True, capture_output=True).stdout
    _, size, _, pixels = picture.split(b"\n", 3)
    width, height = map(int, size.split())
    packed = zlib.compress(bytes(value & 0xF0 for value in pixels), 9)
    content = b"595 0 0 842 0 0 cm /Page Do"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</Page 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8"
        b"/Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (width, height, len(packed), packed),
    ]
    file, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj%s\nendobj\n" % (number, body)
    table_at = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    file += b"".join(b"%010d 00000 n \n" % place for place in places)
    file += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table_at)
    target.write_bytes(file)


def main():
    body = "".join(table(text) if style == "table" else paragraph(style, text) for style, text in DELIBERATION)
    source = flat_odt("Délibération n° 2026-47 : tarifs de la restauration scolaire", body)
    deliberation = HERE / "deliberation.pdf"
    to_pdf(source, deliberation)
    to_pdf(source, HERE / "encrypted.pdf", {
        "EncryptFile": {"type": "boolean", "value": "true"},
        "DocumentOpenPassword": {"type": "string", "value": PASSWORD},
    })
    columns = "".join(paragraph(style, text) for style, text in BULLETIN)
    body = paragraph("title", BULLETIN_TITLE) + f'<text:section text:style-name="two" text:name="two">{columns}</text:section>'
    to_pdf(flat_odt(BULLETIN_TITLE, body), HERE / "columns.pdf")
    scan(deliberation, HERE / "scan.pdf")

    whole = deliberation.read_bytes()
    (HERE / "truncated.pdf").write_bytes(whole[:len(whole) // 3])
    (HERE / "empty.pdf").write_bytes(b"")
    (HERE / "notice-utf-8.txt").write_text(NOTICE, encoding="utf-8")
    (HERE / "notice-windows-1252.txt").write_bytes(NOTICE.replace("\n", "\r\n").encode("windows-1252"))
    (HERE / "rules.md").write_text(RULES, encoding="utf-8")


if __name__ == "__main__":
    main()
