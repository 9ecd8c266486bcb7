"""Names of people from many places, so that nothing is only ever tried on "John Smith".

A name in another script is written "native|latin"; the latin form goes into the e-mail address.
"""

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where people are from: their time zones (IANA), first and last names, each with its latin form."""

    timezones: tuple[str, ...]
    first: tuple[tuple[str, str], ...]
    last: tuple[tuple[str, str], ...]


FOLDS = (("ł", "l"), ("ø", "o"), ("đ", "d"), ("ß", "ss"), ("ı", "i"), ("þ", "th"), ("æ", "ae"), ("ð", "d"))


def folded(text: str) -> str:
    """Latin letters only, for addresses and handles: "Łukasz O'Brien" → "lukaszobrien"."""
    text = text.casefold()
    for letter, latin in FOLDS:
        text = text.replace(letter, latin)
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if letter.isascii() and letter.isalnum())


def _place(timezones: str, first: str, last: str) -> Place:
    return Place(tuple(timezones.split()), tuple(map(_both, first.split(", "))), tuple(map(_both, last.split(", "))))


def _both(name: str) -> tuple[str, str]:
    native, _, latin = name.partition("|")
    return native, folded(latin or native)


PLACES: tuple[Place, ...] = (
    _place(
        "America/New_York America/Chicago America/Denver America/Los_Angeles",
        "Emily, Jacob, Hannah, Tyler, Madison, Brandon, Grace, Ethan, Jasmine, Logan, Brooke, DeShawn, Mary Jo",
        "Johnson, Williams, Carter, Mitchell, Brooks, Hayes, Sullivan, Washington, Barnes, Coleman, Van Buren",
    ),
    _place(
        "Europe/London Europe/Dublin",
        "Oliver, Siobhán, Niamh, Harry, Imogen, Rhys, Aoife, Callum, Eilidh, Poppy, Seán, Gwenllian",
        "O'Brien, O'Sullivan, MacDonald, Hughes, Fitzgerald, Kelly, Ashworth, Llewellyn, Smythe-Jones, D'Arcy",
    ),
    _place(
        "Europe/Madrid America/Mexico_City America/Bogota America/Argentina/Buenos_Aires",
        "José, María José, Álvaro, Lucía, Iñaki, Begoña, Andrés, Ximena, Joaquín, Inés, Guadalupe, Ramón",
        "García Márquez, Núñez, Muñoz, de la Cruz, Ibáñez, Fernández, Peña, Zúñiga, López-Gómez, Ruiz, Castañeda",
    ),
    _place(
        "Europe/Paris America/Montreal",
        "Zoë, François, Chloé, Jérôme, Anaïs, Benoît, Margaux, Loïc, Éléonore, Mathéo, Hélène, Jean-Baptiste",
        "Lefèvre, Dubois, L'Hôpital, Bélanger, Garçon, Desrosiers, Côté, d'Estaing, Noël, Beauséjour, Le Goff",
    ),
    _place(
        "Europe/Berlin Europe/Vienna Europe/Zurich",
        "Jürgen, Käthe, Björn, Annegret, Günther, Mareike, Sören, Lieselotte, Matthäus, Friederike, Jörg, Änne",
        "Müller, Weiß, Schäfer, Größ, von der Leyden, Köhler, Jäger, Schönfeld, Brückner, Strauß, zu Guttenau, Löwe",
    ),
    _place(
        "Europe/Stockholm Europe/Oslo Europe/Copenhagen Europe/Helsinki Atlantic/Reykjavik",
        "Åsa, Øyvind, Søren, Aino, Håkon, Päivi, Ingrid, Jón, Freja, Gudrún, Väinö, Tuva",
        "Ångström, Sørensen, Lindqvist, Hämäläinen, Bjørnstad, Þórsdóttir, Østergård, Mäkinen, Sjöberg, Guðmundsson",
    ),
    _place(
        "Europe/Warsaw Europe/Prague Europe/Budapest Europe/Bucharest",
        "Łukasz, Zdzisław, Małgorzata, Jiří, Božena, Ágnes, László, Ștefan, Ioana, Agnieszka, Kryštof, Żaneta",
        "Wiśniewska, Dąbrowski, Dvořák, Nováková, Szabó, Kovács, Ionescu, Brzęczyszczykiewicz, Łuczak, Černý, Țăranu",
    ),
    _place(
        "Europe/Istanbul Asia/Baku",
        "Gülşah, Çağlar, Işıl, Ömer, Şebnem, İbrahim, Ayşe, Tuğba, Barış, Özge",
        "Yıldırım, Öztürk, Çelik, Şahin, Güneş, Kılıç, İnönü, Doğan, Aydın, Erdoğmuş",
    ),
    _place(
        "America/Sao_Paulo Europe/Lisbon",
        "João, Conceição, Luís, Antônia, Gonçalo, Fátima, Estêvão, Beatriz, Caetano, Vitória",
        "Araújo, Gonçalves, da Silva, Simões, Brandão, dos Santos, Magalhães, Conceição e Souza, Assunção, Leitão",
    ),
    _place(
        "Asia/Ho_Chi_Minh",
        "Nguyễn Thị, Đức, Hương, Tuấn, Mỹ Linh, Quốc Bảo, Ngọc Ánh, Phương",
        "Nguyễn, Trần, Đặng, Phạm, Võ, Huỳnh, Bùi, Lê",
    ),
    _place(
        "Asia/Kolkata Asia/Colombo",
        "Aarav, Priyanka, Venkatanarasimharajuvaripeta, Ananya, Rajesh, Lakshmi, Sanjay, Deepika, Arjun, Meenakshi",
        "Krishnamurthy, Patel, Subramaniam, Chatterjee, Singh, Venkataraman, Iyer, Wickramasinghe, Reddy, Deshpande",
    ),
    _place(
        "Africa/Lagos Africa/Nairobi Africa/Johannesburg Africa/Accra",
        "Chidinma, Oluwaseun, Wanjiru, Kwame, Thandiwe, Ngozi, Sipho, Amara, Kofi, Nomvula",
        "Okafor, Adébáyọ̀, Mwangi, Mensah, Dlamini, Nwosu, van der Merwe, Kipchoge, Asante, Ọláwálé",
    ),
    _place(
        "Asia/Tokyo",
        "陽菜|hina, 大輔|daisuke, 美咲|misaki, 健太|kenta, 愛子|aiko, 翔太|shota, さくら|sakura, 隆|takashi",
        "佐藤|sato, 鈴木|suzuki, 高橋|takahashi, 渡辺|watanabe, 伊藤|ito, 小林|kobayashi, 長谷川|hasegawa",
    ),
    _place(
        "Asia/Shanghai Asia/Taipei Asia/Singapore",
        "秀英|xiuying, 伟|wei, 芳|fang, 建国|jianguo, 丽|li, 志明|zhiming, 婷婷|tingting, 浩然|haoran",
        "王|wang, 李|li, 张|zhang, 陳|chen, 欧阳|ouyang, 司马|sima, 赵|zhao, 黄|huang",
    ),
    _place(
        "Asia/Seoul",
        "민준|minjun, 서연|seoyeon, 지우|jiwoo, 하은|haeun, 도윤|doyun, 지민|jimin",
        "김|kim, 이|lee, 박|park, 최|choi, 정|jung, 남궁|namgung",
    ),
    _place(
        "Europe/Kyiv Asia/Almaty Europe/Sofia Europe/Belgrade",
        "Олександра|oleksandra, Дмитро|dmytro, Наталія|nataliia, Борис|boris, Светлана|svetlana, Ђорђе|djordje",
        "Шевченко|shevchenko, Коваленко|kovalenko, Нұрланов|nurlanov, Њагуловић|njagulovic, Димитрова|dimitrova",
    ),
    _place(
        "Europe/Athens",
        "Ελένη|eleni, Γιώργος|giorgos, Κωνσταντίνα|konstantina, Νίκος|nikos, Αικατερίνη|aikaterini",
        "Παπαδόπουλος|papadopoulos, Οικονόμου|oikonomou, Χατζηγεωργίου|chatzigeorgiou, Αγγελοπούλου|angelopoulou",
    ),
    _place(
        "Asia/Dubai Africa/Cairo Asia/Riyadh",
        "محمد|mohammed, فاطمة|fatima, عبد الرحمن|abdulrahman, ليلى|layla, يوسف|yousef, نور|nour",
        "الأحمد|alahmad, المصري|almasri, بن سلمان|binsalman, الخطيب|alkhatib, حداد|haddad",
    ),
    _place(
        "Asia/Jerusalem",
        "שרה|sarah, יעל|yael, אבירם|aviram, נועה|noa, דוד|david",
        "כהן|cohen, לוי|levi, בן־דוד|bendavid, מזרחי|mizrahi, שפירא|shapira",
    ),
    _place(
        "Pacific/Auckland Pacific/Honolulu Australia/Sydney",
        "Aroha, Kahurangi, Keanu, Māia, Tāne, Leilani, Jarrah, Charlotte, Angus",
        "Ngata, Te Rangi Hīroa, Kamehameha, Kealoha, Tūhoe, Macquarie, Wilson, Nakamura-Kealiʻi",
    ),
)

CURIOUS: tuple[tuple[str, str, str], ...] = (
    ("<!channel>", "Everybody", "channel.everybody"),
    ("*Bold* _Italic_", "`Code`", "bold.italic"),
    ("<@U0000001>", "~Struck~", "struck.out"),
    ("Zoë 🦄", "Størmčloud 🌈", "zoe.unicorn"),
    ("&amp; Ampère", "<https://evil.example|Click>", "ampere.click"),
    ("\u202eRitchie", "Reversed\u202c", "ritchie.reversed"),
    ("Null", "None", "null.none"),
    ('=HYPERLINK("https://evil.example")', "+cmd", "formula.injection"),
    ("Hubert Blaine " + "Wolfeschlegelstein" * 9, "Hausenbergerdorff Sr.", "hubert.wolfe"),
    ("R0bert'); DROP TABLE users;--", "Tables", "bobby.tables"),
    ("Ｚｏｒａ", "Ｆｕｌｌｗｉｄｔｈ", "zora.fullwidth"),
    ("Sólo", "", "solo"),
)
"""First name, last name, local part: Slack markup, emoji, right-to-left overrides, formulas, 180 letters, one name."""

JOB_TITLES: tuple[str, ...] = (
    "Customer Support Specialist",
    "Senior Support Engineer",
    "Support Team Lead",
    "Customer Success Manager",
    "Billing Specialist",
    "Escalations Engineer",
    "Technical Account Manager",
    "Knowledge Base Editor",
    "Quality Analyst",
    "Community Manager",
    "Onboarding Specialist",
    "Head of Support",
    "Solutions Architect",
    "Responsable du service après-vente",
    "Leiterin Kundenbetreuung",
    "Contractor (weekends)",
)

TEAMS: tuple[str, ...] = (
    "Tier 1 Support",
    "Tier 2 Support",
    "Billing & Refunds",
    "Escalations",
    "Onboarding",
    "VIP Customers",
    "Équipe Francophone",
    "Night Shift 🌙",
)

SUBJECTS: tuple[str, ...] = (
    "Can't log in after password reset",
    "Invoice for March is wrong",
    "Refund for order #{n}",
    "Where is my parcel?",
    "Question about the API limits",
    "Feature request: dark mode",
    "App crashes on start <b>urgent</b>",
    "Re: Re: Fwd: contract renewal",
    "Zwei Rechnungen für denselben Monat",
    "¿Cómo cambio mi plan?",
    "VAT number & billing address",
    "Please cancel my account",
    "Webhook deliveries fail with 502",
    "Thank you! 🎉",
)
