"""Words the set-line grammar knows: versions, notes, countries, segments, unknown marks, junk, joined names.

Lists and the patterns made from them belong here; what is done with a match does not.
"""

from __future__ import annotations

import re

# Names of one act that hold a word or sign which joins two acts elsewhere. Casefolded. These are
# the ones everybody meets; names protected by evidence are added by the caller.
DEFAULT_PROTECTED: frozenset[str] = frozenset(
    name.casefold()
    for name in (
        "2000 And One",
        "Above & Beyond",
        "Aly & Fila",
        "Chase & Status",
        "Dimitri Vegas & Like Mike",
        "Earth, Wind & Fire",
        "Simon & Garfunkel",
        "Tyler, The Creator",
        "AC/DC",
        "Camo & Krooked",
        "Gabriel & Dresden",
        "Kruder & Dorfmeister",
        "Loco & Jam",
        "Pig & Dan",
        "Tube & Berger",
        "Layo & Bushwacka!",
        "Layo & Bushwacka",
        "Prok & Fitch",
        "Hall & Oates",
        "Daryl Hall & John Oates",
        "Sly & The Family Stone",
        "Sly & Robbie",
        "Kool & The Gang",
        "KC & The Sunshine Band",
        "Bob Marley & The Wailers",
        "Echo & The Bunnymen",
        "Florence + The Machine",
        "Florence & The Machine",
        "Mumford & Sons",
        "Angus & Julia Stone",
        "She & Him",
        "Iron & Wine",
        "Iron And Wine",
        "Macklemore & Ryan Lewis",
        "Sultan & Ned Shepard",
        "Sultan + Shepard",
        "Sultan & Shepard",
        "Blood, Sweat & Tears",
        "Crosby, Stills, Nash & Young",
        "Crosby, Stills & Nash",
        "Emerson, Lake & Palmer",
        "Peter, Paul & Mary",
        "Ike & Tina Turner",
        "Sam & Dave",
        "Kyau & Albert",
        "Kyau vs. Albert",
        "Kyau vs Albert",
        "Super8 & Tab",
        "Filo & Peri",
        "Blank & Jones",
        "Matisse & Sadko",
        "Merk & Kremont",
        "Nari & Milani",
        "Lucas & Steve",
        "Kraak & Smaak",
        "Dense & Pika",
        "Eli & Fur",
        "Rhythm & Sound",
        "Smith & Mighty",
        "Smith & Hack",
        "Tom & Jame",
        "Wisin & Yandel",
        "Dom & Roland",
        "Ed Rush & Optical",
        "Calyx & Teebee",
        "Nick Cave & The Bad Seeds",
        "Siouxsie & The Banshees",
        "Derek & The Dominos",
        "Marina & The Diamonds",
        "Years & Years",
        "Tones & I",
        "Tones And I",
        "Of Monsters And Men",
        "Mike & The Mechanics",
        "Grandmaster Flash & The Furious Five",
        "Afrika Bambaataa & The Soul Sonic Force",
        "Amadou & Mariam",
        "Eric B. & Rakim",
        "Pete Rock & C.L. Smooth",
        "Pete Rock & CL Smooth",
        "Eagles & Butterflies",
        "Sailor & I",
        "Jad & The",
        "Jewelz & Sparks",
        "Wayne & Woods",
        "Fisherman & Hawkins",
        "Stoneface & Terminal",
        "Svenson & Gielen",
        "Sunnery James & Ryan Marciano",
        "Axwell & Ingrosso",
        "Axwell /\\ Ingrosso",
        "Axwell Λ Ingrosso",
        "Leftwing & Kody",
        "Leftwing : Kody",
        "Format - B",
        "Success - N - Effect",
        "Body - Shock",
        "Tim - Love - Lee",
        "Tom Petty & The Heartbreakers",
        "Me & My Toothbrush",
        "Polo & Pan",
        "Milk & Sugar",
        "Stone & Van Linden",
        "Miss Kittin & The Hacker",
        "Africans With Mainframes",
        "Dance With The Dead",
        "Dances With White Girls",
        "Dogs With Jeans",
        "Down With Webster",
        "Hard With Style",
        "Nurse With Wound",
        "Sisters With Voices",
        "Lush & Simon",
        "Nalin & Kane",
        "Pep & Rash",
        "A & Z",
        "Myon & Shane 54",
        "Ost & Meyer",
        "Cerf, Mitiska & Jaren",
        "Dzeko & Torres",
        "Kc & Jojo",
        "Jam & Spoon",
        "Mel & Kim",
    )
)

# ---------------------------------------------------------------------------------------------
# versions

MASHUP_WORDS = r"mash[- ]?ups?|smash[- ]?ups?|mash|dashup|raveup|blend|megamash|mashapella"
BOOTLEG_WORDS = r"bootlegs?|bootie|booty|boot|bootleg-?mix"
ACAPPELLA_WORDS = r"a[ -]?[ck]{1,2}app?ell?as?|accap+ell+a|acap+|\w{2,}(?:a|-a-)pp?ell?a|vocals? only"
INSTRUMENTAL_WORDS = r"instrumentals?|instr\.?|dubstrumental|beatless"
REMIX_WORDS = (
    r"remix(?:xx?|es|ed|e)?|rmxs?|rmx|re-?mixx?|remixx|megamix|minimix|re-?fix|re-?edit mix|"
    r"interpretation|re-?interpretation|flip|re-?flip|reebeef|re-?beef|ruff"
)
REWORK_WORDS = (
    r"re-?work(?:ed|ing)?|re-?make|re-?construct(?:ion|ed)?|de-?construct(?:ion|ed)?|re-?touch|"
    r"re-?paint|re-?shape|"
    r"re-?mode(?:l)?|re-?rub|re-?dub|re-?visions?|re-?version|re-?build|re-?twerk|retwerk|re-?lift|"
    r"re-?lick|re-?ruff|"
    r"re-?boot|re-?tweak|re-?plant|re-?wire|re-?pressure|re-?fraction|re-?imagin(?:ed|ation|ing)|"
    r"re-?visit(?:ed)?|re-?cut|"
    r"re-?treat|re-?definition|re-?think|re-?form(?:ed)?|re-?drum|re-?groove|re-?fixation|"
    r"re-?adaption|re-?generation|"
    r"re-?assembly|treatment|modernisation|variation|update|reducks|re-?dux|re-?lounge|re-?vocal|"
    r"re-?swing|overdub|"
    r"re-?bump|re-?jam|re-?master mix|rerubbed"
)
EDIT_WORDS = r"edits?|re-?edits?|edition|dj-?edit|extendit|cut-?up|tool edit|edit-?mix"
VIP_WORDS = r"vip|v\.i\.p\.?"
DUB_WORDS = r"dubs?|dubb|dubmix|dub-?version"
MIX_WORDS = (
    r"mixx?|mix'|mixes|version|versions|vers\.?|ver\.?|vrs|weemix|logmix|d-mix|diskomiks|mixdown|take|cut|"
    r"rub|blast|dubplate mix"
)
ORIGINAL_ALONE = (
    r"original|extended|club|full length|long version|main|remaster(?:ed)?|re-?master(?:ed)?|album|12\"|"
    r"12''|12 inch|extended play"
)
OTHER_ALONE = (
    r"vocal|vox|acoustic|demo|cover|tool|dj tool|bonus beats|beats|reprise|unplugged|a-side|b-side|"
    r"orchestral|stripped|intro|outro|interlude|prelude|session|radio|short"
)

# Words that say how long or for what a mix is, and never who made it.
_DESCRIPTORS_TEXT = """
    original extended club vocal radio album single full length long short main dub instrumental vip private
    mega special alternative alternate unreleased unofficial official offcial festival live epic classic
    classics deep hard tech house techno trance progressive ambient uplifting chill chillout chilled summer
    winter terrace sunrise sunset warehouse beach room big dark darker light late night afterhours after
    morning secret exclusive free bonus new old school oldskool first second third final early rough raw
    clean dirty explicit edited lp ep 7 12 7" 12" 12'' inch the an us uk tool intro outro drum drums bass dnb
    d&b dubstep breaks breakbeat electro disco acid minimal piano string strings orchestral acoustic unplugged
    studio demo promo mono stereo quadraphonic remastered remaster re vox up down tempo slow fast full-on
    peak time peaktime underground mainroom mainstage ibiza miami re-edit hardspace friendly o.g. og vinyl
    digital part pt pt. ii iii iv one two three anthem version mix edit remix revocal re-vocal shorter longer
    latin jungle soulful funky garage rave psy psychill psytrance dreamy hypnotic bigroom tribal percapella
    vocalless
"""
DESCRIPTORS: frozenset[str] = frozenset(_DESCRIPTORS_TEXT.split())
# Those of them that no name ends with; the others are only dropped behind two or more words, because
# "Beat Club" and "Deep House Souldiers" are names.
_SAFE_DESCRIPTORS_TEXT = """
    original extended vocal radio album single instrumental vip private mega special alternative alternate
    unreleased unofficial official offcial festival short long full-on uplifting hardspace 12" 7" 12'' revocal
    re-vocal acoustic orchestral remix edit mix version re-edit anthem exclusive
"""
SAFE_DESCRIPTORS: frozenset[str] = frozenset(_SAFE_DESCRIPTORS_TEXT.split())

_LAST = (
    r"(?:\s*(?:[#(]?\d{1,4}\)?|v\.?\s?\d(?:\.\d)?|(?:pt|part|vol|version|ver)\.?\s*(?:\d{1,2}|[ivx]{1,4}|"
    r"[a-d])|[ivx]{1,4}|[abc]|'\d\d|\d{1,2}['\"]{1,2}))?[\s.!?)'\"]*$"
)
STRONG_VERSION = re.compile(
    rf"(?:^|[\s\-/_&(.'’])(?P<word>{MASHUP_WORDS}|{BOOTLEG_WORDS}|{ACAPPELLA_WORDS}|"
    rf"{INSTRUMENTAL_WORDS}|{REMIX_WORDS}|{REWORK_WORDS}"
    rf"|{EDIT_WORDS}|{VIP_WORDS}|{DUB_WORDS}|{MIX_WORDS}){_LAST}",
    re.IGNORECASE,
)
# In a square bracket, where a label is the rule, only words no label ends with are taken as a version.
SQUARE_VERSION = re.compile(
    r"(?:^|[\s\-/])(?:remix(?:ed|es)?|rmx|re-?edit|edit|rework|bootleg|mash-?up|smashup|vip|(?<!hot "
    r")mix|version|acap+ell+a|instrumental|dub|"
    r"re-?rub|re-?fix|re-?dub|remake|reconstruction)(?:\s*[#]?\d{0,2})?\s*$",
    re.IGNORECASE,
)
VERSION_START = re.compile(
    r"^(?:(?:remix(?:ed)?|edit(?:ed)?|re-?edit(?:ed)?|rework(?:ed)?|dub|mix(?:ed)?|vip|bootleg|"
    r"mash-?up|version|interpret(?:ed|ation)|reconstruct(?:ed|ion))"
    r" by\b|live (?:at|in|from|on|mix|edit|version|pa|session|recording)\b|live$)",
    re.IGNORECASE,
)
ALONE_VERSION = re.compile(
    rf"^(?:(?:the|full|long|short|19\d\d|20\d\d)\s+)*(?:{ORIGINAL_ALONE}|"
    rf"{OTHER_ALONE})(?:\s+(?:19\d\d|20\d\d|mix))?$|"
    r"^(?:digitally )?re-?mastered\b.*$|^.*\b(?:re-?master(?:ed)?)(?: (?:19|20)\d\d)?$",
    re.IGNORECASE,
)
REMIX_BY = re.compile(r"\bby\s+(?P<name>.+)$", re.IGNORECASE)
TRAILING_VERSION = re.compile(
    r"(?<=\S)\s+(?P<version>(?:(?:original|extended|club|radio|album|dub|instrumental|vip|full vocal|"
    r"vocal|live)\s+(?:mix|edit|version)"
    r"|Remix|Rmx|VIP|Bootleg|Mash-?up|Acapp?ella))$",
)

# Last words of `TRAILING_VERSION`; asking for them first spares most titles the pattern.
TRAILING_VERSION_WORDS: frozenset[str] = frozenset(
    {"mix", "edit", "version", "remix", "rmx", "vip", "bootleg", "mashup", "mash-up", "acapella", "acappella"}
)

_I = re.IGNORECASE
KIND_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("mashup", re.compile(rf"(?:^|\W)(?:{MASHUP_WORDS})(?:\W|$)", _I)),
    ("bootleg", re.compile(rf"(?:^|\W)(?:{BOOTLEG_WORDS})(?:\W|$)", _I)),
    ("acappella", re.compile(rf"(?:^|[\s\-(])(?:{ACAPPELLA_WORDS})(?:\W|$)", _I)),
    ("remix", re.compile(rf"(?:^|[\s(])(?:{REMIX_WORDS})(?:\W|\d|$)", _I)),
    ("rework", re.compile(rf"(?:^|[\s(])(?:{REWORK_WORDS})(?:\W|\d|$)", _I)),
    ("vip", re.compile(rf"(?:^|\W|\d)(?:{VIP_WORDS})(?:\W|$)", _I)),
    ("instrumental", re.compile(rf"(?:^|\W)(?:{INSTRUMENTAL_WORDS})(?:\s+(?:mix|version|edit))?\W*$", _I)),
    ("dub", re.compile(rf"(?:^|[\s(])(?:{DUB_WORDS})(?:\s+(?:mix|version|edit|vip|\d+))?\W*$", _I)),
    (
        "radio",
        re.compile(r"(?:^|\W)(?:radio|single|short|7\"|7''|7 inch)\s*(?:mix|edit|version|cut)?\W*$", _I),
    ),
    (
        "live",
        re.compile(r"(?:^|\W)live(?:$|\s+(?:at|in|from|on|mix|edit|version|pa|session|recording)\b)", _I),
    ),
    (
        "original",
        re.compile(
            r"^(?:the |full |main |long |extended |original |club |album |lp |ep |12\"? |12'' |12 "
            r"inch |remastered )*(?:original|extended|club|full length|main|album|12\"|12''|12 "
            r"inch)(?: (?:length|mix|mixx|edit|version|cut|vocal))*\W*$",
            _I,
        ),
    ),
    ("original", re.compile(r"re-?master(?:ed)?", _I)),
    ("edit", re.compile(rf"(?:^|[\s\-(])(?:{EDIT_WORDS})(?:\W|\d|$)", _I)),
)
# Kinds whose words name their maker; "Terrace Mix" or "Dark Dub" do not.
MAKER_KINDS = frozenset({"remix", "rework", "edit", "bootleg", "mashup"})
FIRST_VERSION_WORD = re.compile(
    rf"(?:^|(?<=[\s(\-_/]))(?:{MASHUP_WORDS}|{BOOTLEG_WORDS}|{ACAPPELLA_WORDS}|{INSTRUMENTAL_WORDS}|"
    rf"{REMIX_WORDS}|{REWORK_WORDS}|{EDIT_WORDS}|{VIP_WORDS}|{DUB_WORDS}|{MIX_WORDS})(?=\W|\d|$)",
    _I,
)
POSSESSIVE = re.compile(r"(?<=\w)(?:['’´`]s|(?<=s)['’´`])\s", _I)
TRAILING_YEAR = re.compile(r"\s+(?:['’]\d\d|(?:19|20)\d\d)$")

# ---------------------------------------------------------------------------------------------
# notes: what a bracket says about the copy played, not about the track

NOTE = re.compile(
    r"(?:(?:previously |still |as yet |yet )?(?:unreleased|un-?released)(?:\?| dubplate| track| demo| "
    r"version|\d\d)?\)?|forthcoming(?: on .*| lp| ep| album)?|promo(?: only| cd| copy)?|"
    r"cd-?r?s?|dub ?plate(?: special| mix)?|test ?press(?:ing)?|test|acetate|demo|white(?: ?label)?|"
    r"whitelabel|wl|free(?: track| download| release| song| self release| d/?l|dl| mp3)?|"
    r"(?:world |radio |video )?(?:exclusive|premiere|premier)|bootleg remix.*|bonus(?: "
    r"track)?|hidden track|"
    r"self[- ]?release[ds]?|not on label(?:\b.*)?|no label|none|unsigned|bandcamp|soundcloud|"
    r"youtube|beatport|spotify|vinyl|vinyl only|vinyl rip|digital only|"
    r"w\.?i\.?p\.?|work in progress|working title|snippet|clip|excerpt|preview|teaser|unfinished|"
    r"unmastered|(?:rough|final) (?:master|mix)|taken from .*|"
    r"out soon|out now|coming soon|tba|tbc|tbd|edited.*|at [-+]\d+.*|pitched.*|"
    r"[-+]\d{1,2}(?:[.,]\d)?%?|\d{1,3}\s?rpm|slowed.*|sample|played twice|a tease|"
    r"id courtesy .*|courtesy of .*|limited edition|reissue|repress|sped up)",
    re.IGNORECASE,
)
TITLE_NOTE = re.compile(
    r"(?:(?:previously |still )?un-?released|forthcoming(?: on .*)?|promo|free(?: track| download| "
    r"release| d/?l| dl)|(?:world |radio )?(?:exclusive|premiere)|"
    r"white(?: ?label)|cdr|dub ?plate|work in progress|w\.?i\.?p\.?|working title|bonus track|hidden "
    r"track|digital only|vinyl only|vinyl|snippet|excerpt|preview|teaser|"
    r"unfinished|unmastered|rough master|out soon|out now|coming soon|at [-+]\d+.*|pitched (?:up|"
    r"down).*|[-+]\d{1,2}(?:[.,]\d)?%|\d{2,3}\s?rpm|played twice|sample|tease|tip!?|"
    r"remix unconfirmed|previously unreleased)",
    re.IGNORECASE,
)
SELF_RELEASED = re.compile(
    r"(?:free )?self[- ]?release[ds]?|not on label\b.*|no label|none|unsigned", re.IGNORECASE
)
LABEL_UNKNOWN = re.compile(r"\?+|n/?a|unknown(?: label)?|id|i\.d\.|label\?|tb[acd]|-+|_+|\.+", re.IGNORECASE)
# Note words at the end or start of a bracket that names a label too: "Hot Flush Promo".
LABEL_TAIL_NOTE = re.compile(
    r"[,;]?\s+\(?(?P<note>(?:unreleased|forthcoming|promo|cdr|dubplate|white label|free (?:track|"
    r"download|release|d/?l)|(?:world )?exclusive|out soon|bootleg|reissue|repress))\)?$",
    re.IGNORECASE,
)
LABEL_HEAD_NOTE = re.compile(
    r"^(?P<note>forthcoming(?: on)?|unreleased|promo|free (?:track|download))[,:]?\s+", re.IGNORECASE
)
RELEASE_WORD = re.compile(r"\b(?:ep|e\.p\.|lp|album|sampler|vol\.?\s*\d+|soundtrack|ost)$", re.IGNORECASE)
COMPANY_END = re.compile(
    r"\b(?:records|recordings|recordz|recs\.?|kft\.?|gmbh|ltd\.?|llc|inc\.?)$", re.IGNORECASE
)

# Every word by which a bracket can turn out to be something else than a label. A bracket without any of
# them needs no pattern; a new word in a pattern for square brackets must be added here.
_TELLING_TEXT = """
    unreleased released un release forthcoming promo cd cdr cds dub dubplate test testpress acetate demo white
    whitelabel wl free exclusive premiere premier premieres premiers exclusives bootleg bootlegs bonus hidden self
    not no none unsigned bandcamp soundcloud youtube beatport spotify vinyl work working wip snippet clip excerpt
    preview teaser unfinished unmastered rough final taken out coming tba tbc tbd edited at pitched slowed sample
    played tease id courtesy limited reissue repress sped unknown na feat ft featuring with mix mixes remix
    remixed remixes rmx edit reedit rework mashup smashup vip version acapella acappella accapella acapela
    accapela instrumental rerub refix redub remake reconstruction live interpret interpreted interpretation
    reconstruct reconstructed reworked mixed ep lp album sampler vol soundtrack ost part pt side hour encore disc
    week month year night nite day moment show episode spotlight flashback throwback favourite favourites favorite
    favorites track sound download cut flick pressure playlist pick selection request tune wanted rated lesson
    raiser choice gem vibe chart delivery winner cooldown weapon guestmix guest button dreamers end label x
    jingle intro outro
"""
TELLING_WORDS: frozenset[str] = frozenset(_TELLING_TEXT.split())

# ---------------------------------------------------------------------------------------------
# countries, as disambiguation behind a name

_COUNTRY_CODES = (
    "USA US UK GB ENG SCO WAL IRL IE DE GER DEU FR FRA IT ITA NL NED HOL BE BEL ES ESP SP PT POR BR "
    "BRA AR ARG AU AUS OZ CA CAN CH SUI SWI "
    "AT AUT SE SWE NO NOR DK DEN DNK FI FIN PL POL CZ CZE SK SVK HU HUN RO ROU ROM BG BUL GR GRE TR "
    "TUR RU RUS UA UKR UKN BY LT LV EE EST HR CRO RS SRB "
    "SR SI SLO MK MNE BIH IL ISR JP JPN KR KOR CN CHN TW HK SG MY TH ID IDN IN IND ZA RSA SA MX MEX "
    "CL CHI CO COL PE PER VE VEN UY URU EC NZ "
    "EG MA TN LB IR IRN AE UAE CY MT IS GE AM KZ LUX NYC LA DC UKR CRC PR"
)
_COUNTRY_NAMES = (
    "Italy France Germany Spain England Scotland Ireland Holland Netherlands Belgium Portugal Brazil "
    "Brasil Argentina Australia Canada Sweden "
    "Norway Denmark Finland Poland Russia Ukraine Japan Israel Mexico Chile Colombia Peru Turkey "
    "Greece Hungary Romania Serbia Croatia"
)
# Codes that are English words count only in capitals: "(In)" and "(No)" belong to names.
_WORDLIKE = {
    "US",
    "IT",
    "IN",
    "NO",
    "AT",
    "AM",
    "IS",
    "ID",
    "MY",
    "BE",
    "ME",
    "CO",
    "HOL",
    "SWI",
    "PER",
    "MA",
    "LA",
    "DE",
    "ES",
    "SO",
    "CAN",
    "DEN",
    "FIN",
    "POL",
    "IND",
    "SP",
    "GE",
    "PR",
    "DC",
}
_TITLE_CASE_CODES = {"Es", "De", "La"}
COUNTRY_TAGS: frozenset[str] = frozenset(
    set(_COUNTRY_CODES.split())
    | {c.title() for c in _COUNTRY_CODES.split() if c not in _WORDLIKE}
    | _TITLE_CASE_CODES
    | set(_COUNTRY_NAMES.split())
    | {n.upper() for n in _COUNTRY_NAMES.split()}
)

# ---------------------------------------------------------------------------------------------
# unknown marks, junk, segments

UNKNOWN_ARTIST = re.compile(
    r"i\.?d\.?s?(?: ?#?\d{1,2})?|\?[\s?]*|unknown(?: artists?)?(?: #?\d{1,2}|#\d{1,2})?|unidentified(?: "
    r"artist)?|n/a|n\.a\.|various artists|v\.?a\.?|\[unknown\]|tba|artist\?",
    re.IGNORECASE,
)
UNKNOWN_STARTS = frozenset("iIuUnNvVtTaA?[")  # first letters of the unknown marks below
UNKNOWN_LENGTH = 24  # no unknown mark is longer, spaces between question marks aside
UNKNOWN_TITLE = re.compile(
    r"(?:new |unreleased |another |untitled )?i\.?d\.?(?: ?#?\d{1,2})?|\?[\s?]*|unknown(?: title| "
    r"track| song)?(?: ?#?\d{1,2})?|unidentified(?: title| track)?|n/?a|n\.a\.|title\?|track ?\?",
    re.IGNORECASE,
)
UNKNOWN_LINE = re.compile(
    r"i\.?d\.?(?: ?#?\d{1,2})?|\?[\s?]*|unknown(?: artist| track| title| song| tune)?(?: ?#?\d{1,2})?|"
    r"unidentified(?: artist| track)?|(?:new|unreleased) id|no id|id\?",
    re.IGNORECASE,
)
ID_VERSION_LINE = re.compile(
    r"(?:id|unknown|\?+)\s+(?P<version>(?:remix|rmx|edit|bootleg|mash-?up|rework|mix|dub|vip|version|"
    r"acap+ell+a|flip)(?: ?#?\d+)?)",
    re.IGNORECASE,
)
ID_IN_NAMES = re.compile(r"i\.?d\.?|\?+|unknown(?: artist)?|n/a", re.IGNORECASE)

JUNK_LINE = re.compile(
    r"unable to (?:resolve|load|find|play)\b.*|error\b[: ].*|n/?a|null|none|nan|undefined|"
    r"\W*(?:(?:[\w.'’&]+ ){0,4})?(?:intro|outro|interview|jingles?|news|commercials?|adverts?|ad "
    r"break|commercial break|station id|shout ?outs?|talking|speech|silence|applause|countdown|sound "
    r"?check|gig guide)\W*|"
    r"\W*(?:intro|outro|interview|jingle)s?(?: (?:part )?\d+)?\W*|"
    r"\W*(?:track ?list(?:ing)? )(?:incomplete|unknown|missing|needed|to follow|coming soon|tba|tbc|"
    r"wanted|not available)\W*|"
    r"\W*(?:incomplete|partial) track ?list(?:ing)?\W*|track ?list(?:ing)?:?|"
    r"https?://\S+|www\.\S+|\W+",
    re.IGNORECASE,
)
URL_LINE = re.compile(r"(?:[\w ]{0,30}[:@]\s*)?(?:https?://|www\.)\S+", re.IGNORECASE)

_SEGMENT_CORE = (
    r"of the (?:week|month|year|night|nite|day|moment|show|episode)|world premieres?|world premiers?|"
    r"exclusives?|spotlight|flashback|throwback|"
    r"fav(?:ou?)?rites?|classics? track|trending track|progressive pick|future sound|hot download|"
    r"killer cut|final cut|quick flick|"
    r"promo pressure|private playlist|hot release|community pick|global selection|mashup selection|"
    r"perfection selection|"
    r"fan request|facebook request|big tune|most wanted|most rated(?: track)?|history lesson|hair "
    r"raiser|listener['’]?s['’]? choice|forgotten gem|"
    r"hottest vibe|track by|dance chart|demo delivery|web vote winner|artist spotlight|cooldown|top pick|"
    r"secret weapon|guest ?mix"
)
SEGMENT_WORDS = re.compile(rf"\b(?:{_SEGMENT_CORE})\b", re.IGNORECASE)
SEGMENT_ALONE = re.compile(
    rf"(?:the )?(?:[\w'’&]+ ){{0,3}}(?:{_SEGMENT_CORE})(?:\s*#?\d{{1,2}})?\s*[:.]?|push the button|"
    rf"service for dreamers|in at the deep end|guest ?mix(?: by .*)?|"
    r"(?:essential )?new tune|second hour|first hour|hour (?:one|two|three|\d)|part (?:one|two|three|"
    r"\d)|encore|cd ?\d|disc ?\d|side [ab]",
    re.IGNORECASE,
)
SEGMENT_NO_COLON = re.compile(
    r"(?P<segment>(?:[\w'’]+ ){1,4}of the (?:week|month|year))\s+(?=\S)(?!-)", re.IGNORECASE
)
SEGMENT_TRAILING = re.compile(rf"\s*;\s*(?P<segment>(?:[\w'’]+ ){{0,4}}(?:{_SEGMENT_CORE}))$", re.IGNORECASE)
_SEGMENT_SINGLE_TEXT = """
    flashback throwback classic classique classics highlight reloaded reflections intro outro interlude
    exclusive spotlight bonus premiere mashup demoday chilltime talentpool then now next encore opener
    opening closing finale recap hotmix preview acapella newcomer request favourite favorite throwbacks
    flashbacks anthem rewind played
    """
SEGMENT_SINGLE: frozenset[str] = frozenset(_SEGMENT_SINGLE_TEXT.split())
_NOT_A_SEGMENT_START = re.compile(r"^(?:dj|mc|dr|mr|mrs|miss|ms)\b", re.IGNORECASE)
_NOT_A_SEGMENT = re.compile(
    r"(?:\b(?:feat|ft|vs|pres|part|vol|chapter|act)\.?$)|[&,+]|\b(?:feat|ft|vs|pres)\b\.?", re.IGNORECASE
)


def is_segment_prefix(text: str) -> bool:
    """Whether words before a colon name a part of a show ("Tune Of The Week") and not an artist.

    Args:
        text: the words before ": ", without the colon.
    """
    if SEGMENT_WORDS.search(text) or text.casefold() in SEGMENT_SINGLE or text.startswith("#"):
        return True
    if text.endswith(" ") or _NOT_A_SEGMENT_START.match(text) or _NOT_A_SEGMENT.search(text):
        return False
    return " " in text
