"""Language tags: a code of ISO 639 with an optional region or script (BCP 47), such as `en`, `ar-IQ`, `ckb`."""

import re

from watcher.config.kinds import WrongError, closest

_TWO = (  # ISO 639-1
    " aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee"
    " el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is"
    " it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms"
    " mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si"
    " sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh"
    " yi yo za zh zu "
)
_THREE = (  # of ISO 639-3: written in the news, and without a code of two letters
    " ace acm apc arc ary arz ast awa azb bal bcl bho brx bug ceb chr ckb crh dag din diq doi fat fil fur fuv gaa"
    " gom gsw haw hil hmn hne hsb ilo jbo kab kac kam kbp kea khk kmb kmr knc lah lez lij lmo lrc ltg lua luo lus"
    " mad mag mai mhr min mni mos mwl myv mzn nap nds new nqo nso nus pag pam pap pcm pms pnb prs quy rmy rue sah"
    " sat scn sco sdh shn srn syc syr szl tcy tet tig tpi tum tyv tzm umb vec war xal yue zgh zza "
)
_NAMES = {
    "arabic": "ar",
    "chinese": "zh",
    "dutch": "nl",
    "english": "en",
    "french": "fr",
    "german": "de",
    "greek": "el",
    "hebrew": "he",
    "italian": "it",
    "japanese": "ja",
    "kurdish": "ku",
    "persian": "fa",
    "farsi": "fa",
    "portuguese": "pt",
    "russian": "ru",
    "spanish": "es",
    "turkish": "tr",
    "ukrainian": "uk",
    "ara": "ar",
    "deu": "de",
    "eng": "en",
    "fas": "fa",
    "fra": "fr",
    "kur": "ku",
    "tur": "tr",
    "gr": "el",
    "jp": "ja",
    "cn": "zh",
    "ua": "uk",
    "iw": "he",
}
_TAG = re.compile(r"([A-Za-z]+)((?:[-_][A-Za-z0-9]{2,8})*)")


def language(text: str) -> str:
    """A language tag in its usual spelling: `EN_us` is `en-US`; WrongError where the language is not known."""
    found = _TAG.fullmatch(text.strip())
    code = found[1].lower() if found else ""
    if not found or f" {code} " not in _TWO + _THREE:
        meant = _NAMES.get(text.strip().lower()) or closest(text, _NAMES)
        meant = _NAMES.get(meant or "", meant)
        raise WrongError(
            f"`{text}` is no language code that is known here",
            f"did you mean `{meant}`?" if meant else "codes of ISO 639, such as en, ar, tr, ku, ckb, or ar-IQ",
        )
    parts = [part for part in re.split(r"[-_]", found[2]) if part]
    return "-".join([code, *(part.title() if len(part) == 4 else part.upper() for part in parts)])  # noqa: PLR2004 - a script has four letters
