"""CLIP's tokenizer, text tower and zero-shot heads, of open_clip 2.24.0.

    python test/golden/make_clip.py [data]

Needs torch, open_clip_torch and timm. Writes clip.json; with `data` also what the product ships in content/clip. Weights
are formula.py's; everything is computed in float64.
"""

import gzip
import hashlib
import json
import sys
from pathlib import Path

import open_clip
import torch
from open_clip.model import CLIP
from open_clip.tokenizer import SimpleTokenizer, default_bpe
from open_clip.version import __version__
from open_clip.zero_shot_classifier import build_zero_shot_classifier
from open_clip.zero_shot_metadata import IMAGENET_CLASSNAMES, OPENAI_IMAGENET_TEMPLATES

from formula import listed, tensor, write

# Nothing here that ftfy would change, which the product does not have.
TEXTS = [
    "",
    "   ",
    "a photo of a cat",
    "A PHOTO OF A Great White Shark.",
    "it's they're we've I'm you'll he'd don't rock'n'roll 'tis",
    "tabs\tand\nlines\r\nand \u00a0 spaces\u2003of\u3000all kinds  ",
    "crème brûlée, jalapeño, Ærøskøbing, İstanbul, ΣΊΣΥΦΟΣ, straße",
    "e\u0301 a\u0308 combined",
    "日本語のテキスト 中文 한국어 العربية עברית ไทย हिन्दी",
    "emoji 👍🏽 👩\u200d👩\u200d👧 🇫🇷 ☃ ∑∫√ ½ Ⅷ ٣",
    "numbers 1234567890 3.14159 1e-5 2nd x2 H2O",
    "punctuation !!! ... --- ((())) [x] {y} #hash @at a_b a/b\\c <tag> ~`^|",
    "Tom &amp; Jerry &lt;3 &quot;quoted&quot; &#39;apos&#39; &#x41;&#66; caf&eacute; &copy; 2021",
    "twice &amp;amp; &amp;eacute; &notit; AT&T &unknown; &; &#; fish &amp chips",
    "mixed a1b2c3 ÄÖÜ_äöü x\u00b2 10\u2030 5\u20ac",
    "<start_of_text>inner<end_of_text> marks",
    "supercalifragilisticexpialidocious pneumonoultramicroscopicsilicovolcanoconiosis",
    "word " * 100,
    "x" * 300,
    "http://www.example.org/a?b=c&d=e#f",
]

TINY = {"width": 8, "layers": 2, "heads": 2, "context_length": 77, "vocab_size": 49408}
TOWERS = ["ViT-B-32-quickgelu", "ViT-B-16-quickgelu", "RN50-quickgelu", "RN101-quickgelu", "RN50x4", "RN50x16"]
CLASSES = ["tench", "great white shark", "jack-o'-lantern"]
TEMPLATES = ["a photo of a {}.", "a bad photo of the {}.", "itap of my {}."]


def is_text(name):
    return not name.startswith("visual.")


def fill(model):
    state = {name: tensor(name, tuple(value.shape)) for name, value in model.state_dict().items() if is_text(name)}
    model.load_state_dict(state, strict=False)
    return model.double().eval()


def tiny():
    vision = {"layers": 1, "width": 8, "head_width": 4, "patch_size": 8, "image_size": 8}
    return fill(CLIP(6, vision, TINY, quick_gelu=True))


def zero_shot(model):
    """[classes, E] in rows of length exp(logit_scale), as the image tower multiplies by them."""
    head = build_zero_shot_classifier(model, SimpleTokenizer(), CLASSES, TEMPLATES)
    return listed(model.logit_scale.exp() * head.T)


def tower(name):
    """Names and shapes of a text tower, as zoo-columnar.json has them of image towers."""
    model = open_clip.create_model(name)
    shapes = {k: list(v.shape) for k, v in model.state_dict().items() if is_text(k)}
    lines = "\n".join(sorted(f"{key} {'x'.join(map(str, shape))}" for key, shape in shapes.items()))
    total = sum(v.numel() for k, v in model.named_parameters() if is_text(k))
    print(name, total, flush=True)
    return {"tensors": len(shapes), "parameters": total, "sha256": hashlib.sha256(lines.encode()).hexdigest()}


def write_data():
    folder = Path(__file__).parent.parent.parent / "content" / "clip"
    lines = gzip.open(default_bpe()).read().decode().split("\n")[1 : 49152 - 256 - 2 + 1]
    packed = gzip.compress("\n".join([*lines, ""]).encode(), 9, mtime=0)
    (folder / "merges.txt.gz").write_bytes(packed)
    prompts = [template("{}") for template in OPENAI_IMAGENET_TEMPLATES]
    text = json.dumps({"prompts": prompts, "classes": IMAGENET_CLASSNAMES}, indent=1, ensure_ascii=False)
    (folder / "imagenet.json").write_text(text + "\n")
    print(len(lines), "merges,", len(packed), "bytes")


def main():
    tokenizer = SimpleTokenizer()
    rows = tokenizer(TEXTS)
    # Without the zeros that fill them up: no text ends with token 0, all end with the mark.
    tokens = [row[: int(row.nonzero().max()) + 1].tolist() for row in rows]
    model = tiny()
    with torch.no_grad():
        embeddings = model.encode_text(rows, normalize=True)
        contents = {
            "tokens": [{"text": text, "tokens": row} for text, row in zip(TEXTS, tokens)],
            "tiny": {"embeddings": listed(embeddings), "zeroShot": zero_shot(model)},
            "classes": CLASSES,
            "templates": TEMPLATES,
            "towers": {name: tower(name) for name in TOWERS},
            "full": zero_shot(fill(open_clip.create_model("ViT-B-32-quickgelu"))),
        }
    write("clip.json", {"open_clip": __version__}, contents)
    if "data" in sys.argv:
        write_data()


if __name__ == "__main__":
    main()
