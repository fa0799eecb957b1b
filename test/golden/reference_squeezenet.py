"""Reference accuracy of SqueezeNet 1.1 on the 500 photographs, and its logits: torchvision's model, PIL preprocessing.

Not part of the tests: it writes test/real/reference-squeezenet.json, which they compare with. Needs torch, torchvision,
pillow and safetensors, and the test data at ../shared/real:

    python test/golden/reference_squeezenet.py ../shared/real test/real/reference-squeezenet.json

Preprocessing is torchvision's Resize(256, bilinear) and CenterCrop(224) on Pillow. The logits are of formula.py's
"squeezenet image", in float64, so that no decoder or resizing is between them and ours.
"""

import json
import platform
import sys
from pathlib import Path

import PIL
import torch
import torchvision
from PIL import Image
from safetensors.torch import load_file
from torchvision import transforms

from formula import image, listed

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def main(real, out):
    files = sorted((Path(real) / "images/imagenet-500").iterdir())
    model = torchvision.models.squeezenet1_1()
    model.load_state_dict(load_file(Path(real) / "weights/squeezenet1_1.safetensors"))
    model.eval()
    normalize = transforms.Normalize(MEAN, STD)
    prepare = transforms.Compose(
        [transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(), normalize]
    )
    argmax = []
    with torch.no_grad():
        for start in range(0, len(files), 25):
            batch = [prepare(Image.open(file).convert("RGB")) for file in files[start : start + 25]]
            argmax += model(torch.stack(batch)).argmax(1).tolist()
        logits = model.double()(normalize(image("squeezenet image", (1, 3, 224, 224)).double()))
    right = sum(found == 2 * i for i, found in enumerate(argmax))
    result = {
        "about": "SqueezeNet 1.1 on the 500 photographs in torchvision with PIL preprocessing; class = 2 x position",
        "command": "python test/golden/reference_squeezenet.py ../shared/real test/real/reference-squeezenet.json",
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "torchvision": torchvision.__version__,
            "pillow": PIL.__version__,
        },
        "images": len(files),
        "top1": right / len(files),
        "argmax": argmax,
        "logits": listed(logits),
    }
    Path(out).write_text(json.dumps(result) + "\n")
    print(f"top-1 {right / len(files):.4f} on {len(files)} images")


if __name__ == "__main__":
    main(*sys.argv[1:])
