"""Convolutional models of timm 1.0.15 and torchvision 0.14: ResNet, CLIP's ResNets, MobileNetV2, DenseNet, SqueezeNet,
VGG, GoogLeNet.

    python test/golden/make_convolutional.py [tiny] [zoo] [full]

Needs torch, torchvision and timm. `tiny` writes models-convolutional.json (logits, taps and input gradients of tiny
models), `zoo` zoo-convolutional.json (every variant's parameters and preprocessing) and `full`
full-convolutional.json (all variants in full size, sampled; some minutes and 8 GB). Without an argument it writes the
first two. Weights and images are formula.py's; everything is computed in float64, and the runs of full size in
float32 too, whose distance from float64 is the reference's own rounding.
"""

import hashlib
import math
import sys

import timm
import torch
import torchvision
from timm.layers import AttentionPool2d, ClassifierHead
from timm.models._efficientnet_builder import decode_arch_def
from timm.models.byobnet import ByoBlockCfg, ByobNet, ByoModelCfg
from timm.models.densenet import DenseNet
from timm.models.efficientnet import EfficientNet
from timm.models.vgg import VGG, ConvMlp
from torch import nn
from torchvision.models.googlenet import BasicConv2d, GoogLeNet, Inception
from torchvision.models.squeezenet import Fire, SqueezeNet

from formula import fill, image, listed, write

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def tiny_clip_resnet():
    blocks = tuple(ByoBlockCfg("bottle", d=d, c=c, s=s, gs=0, br=0.25) for d, c, s in [(2, 32, 1), (2, 64, 2)])
    cfg = ByoModelCfg(
        blocks=blocks, stem_chs=(4, 4, 8), stem_type="", stem_pool="avg2", downsample="avg", aa_layer="avg"
    )
    model = ByobNet(cfg, num_classes=6, img_size=16)
    model.head = AttentionPool2d(64, feat_size=2, out_features=6, num_heads=4, qkv_separate=True)
    return model


def tiny_mobilenet():
    stages = [["ds_r1_k3_s1_c6"], ["ir_r2_k3_s2_e4_c8"], ["ir_r1_k3_s1_e2_c5"]]
    return EfficientNet(
        decode_arch_def(stages),
        num_classes=5,
        num_features=12,
        stem_size=6,
        round_chs_fn=lambda channels: channels,
        act_layer=nn.ReLU6,
    )


def tiny_densenet():
    return DenseNet(growth_rate=6, block_config=(2, 2), bn_size=2, num_classes=5)


class TinySqueezenet(SqueezeNet):
    """torchvision's modules with fewer of them."""

    def __init__(self):
        nn.Module.__init__(self)
        self.features = nn.Sequential(
            nn.Conv2d(3, 4, 3, 2),
            nn.ReLU(True),
            nn.MaxPool2d(3, 2, ceil_mode=True),
            Fire(4, 7, 6, 6),
            nn.MaxPool2d(3, 2, ceil_mode=True),
            Fire(12, 7, 5, 5),
            Fire(10, 6, 4, 4),
        )
        self.classifier = nn.Sequential(
            nn.Dropout(), nn.Conv2d(8, 5, 1), nn.ReLU(True), nn.AdaptiveAvgPool2d((1, 1))
        )


def tiny_vgg():
    model = VGG([4, "M", 8, 8, "M"], num_classes=5)
    model.pre_logits = ConvMlp(8, 7, kernel_size=2)
    model.head = ClassifierHead(7, 5)
    return model


class TinyGooglenet(GoogLeNet):
    """torchvision's modules with fewer of them."""

    def __init__(self):
        nn.Module.__init__(self)
        self.transform_input = True
        self.conv1 = BasicConv2d(3, 5, kernel_size=7, stride=2, padding=3)
        self.conv2 = BasicConv2d(5, 4, kernel_size=1)
        self.conv3 = BasicConv2d(4, 5, kernel_size=3, padding=1)
        self.inception3a = Inception(5, 3, 5, 3, 5, 5, 5)
        self.inception4a = Inception(16, 4, 4, 5, 4, 4, 5)
        self.inception5a = Inception(18, 3, 3, 3, 4, 4, 3)
        self.fc = nn.Linear(13, 5)

    def forward(self, x):
        x = self._transform_input(x)
        pool = nn.MaxPool2d(3, 2, ceil_mode=True)
        x = self.conv3(self.conv2(pool(self.conv1(x))))
        x = pool(self.inception3a(pool(x)))
        x = nn.MaxPool2d(2, 2, ceil_mode=True)(self.inception4a(x))
        return self.fc(self.inception5a(x).mean((2, 3)))


# With so small a deviation activations reach 6, where ReLU6 cuts.
STRONG = ((0.485, 0.456, 0.406), (0.03, 0.03, 0.03))

TINY = {
    "tiny clip resnet": (tiny_clip_resnet, 16, IMAGENET),
    "tiny mobilenet": (tiny_mobilenet, 16, STRONG),
    "tiny densenet": (tiny_densenet, 16, IMAGENET),
    "tiny squeezenet": (TinySqueezenet, 18, IMAGENET),
    "tiny vgg": (tiny_vgg, 8, IMAGENET),
    "tiny googlenet": (TinyGooglenet, 16, IMAGENET),
}


def tap_names(model):
    """Every tap of our families: a module's name, with ".out" where its own output is meant."""
    names = [name for name, _ in model.named_modules()]
    kinds = {
        ByobNet: lambda name: is_block(name, "stages"),
        SqueezeNet: lambda name: name == "features.1" or isinstance(model.get_submodule(name), Fire),
        VGG: lambda name: name.startswith("features.") and isinstance(model.get_submodule(name), nn.ReLU),
        GoogLeNet: lambda name: name in ("conv1", "conv2", "conv3")
        or isinstance(model.get_submodule(name), Inception),
        DenseNet: lambda name: name.split(".")[-1].startswith("denselayer"),
    }
    for kind, is_tap in kinds.items():
        if isinstance(model, kind):
            outs = [f"{name}.out" for name in names if is_tap(name)]
            return [*outs, "features.norm5.act"] if kind is DenseNet else outs
    if isinstance(model, EfficientNet):
        # After the depthwise convolution; the first norm is its own where the block does not widen.
        blocks = [name for name in names if is_block(name, "blocks")]
        norms = ["bn2" if hasattr(model.get_submodule(name), "conv_pwl") else "bn1" for name in blocks]
        return [*(f"{name}.{norm}.act" for name, norm in zip(blocks, norms)), "bn2.act"]
    return [f"{name}.out" for name in names if name.startswith("layer") and name.count(".") == 1]


def is_block(name, parent):
    return name.startswith(parent) and name.count(".") == 2


def run(model, images, statistics=IMAGENET, taps=None, unit=None):
    """Logits, and of each tap its activations and the gradient of one unit's mean for the pixels.

    Without a unit it takes the first that moves with the pixels at every tap: a dead one would compare nothing.
    """
    mean, std = (torch.tensor(x, dtype=images.dtype).view(1, 3, 1, 1) for x in statistics)
    taps = taps or tap_names(model)
    seen = {}
    # In place, a later module would write over what an earlier one gave.
    for module in model.modules():
        if hasattr(module, "inplace"):
            module.inplace = False
    for tap in taps:
        model.get_submodule(tap.removesuffix(".out")).register_forward_hook(
            lambda _m, _i, output, tap=tap: seen.__setitem__(tap, output)
        )
    pixels = images.clone().requires_grad_()
    logits = model((pixels - mean) / std)

    # The unit is taken from [B, C, H, W], so that the gradient that goes back is laid out in memory as the activations
    # are. PyTorch (1.13 and 2.13, CPU) gives wrong numbers where batch norm's backward in eval mode is handed one that
    # is not, as it is by flatten(2).transpose(1, 2)[..., unit].
    def slopes(unit):
        return {t: gradient(f[:, unit].mean((1, 2)).sum(), pixels) for t, f in seen.items()}

    if unit is None:
        count = min(found.shape[1] for found in seen.values())
        unit = next(u for u in range(count) if all(slope.abs().max() > 1e-3 for slope in slopes(u).values()))
    found = slopes(unit)
    # [B, positions, units]
    taps = {t: {"activations": f.flatten(2).transpose(1, 2), "gradient": found[t]} for t, f in seen.items()}
    return {"unit": unit, "logits": logits, "taps": taps}


def gradient(objective, pixels):
    return torch.autograd.grad(objective, pixels, retain_graph=True)[0]


def tiny(build, size, statistics):
    result = run(fill(build()), image("images", (1, 3, size, size)).double(), statistics)
    taps = {t: {k: listed(v) for k, v in found.items()} for t, found in result["taps"].items()}
    return {"unit": result["unit"], "logits": listed(result["logits"]), "taps": taps}


# Our ids → timm's tags; pipeline/zoo has the same.
VARIANTS = {
    "resnet50": "resnet50.tv_in1k",
    "resnet152": "resnet152.tv_in1k",
    "resnet50_clip": "resnet50_clip.openai",
    "resnet101_clip": "resnet101_clip.openai",
    "resnet50x4_clip": "resnet50x4_clip.openai",
    "resnet50x16_clip": "resnet50x16_clip.openai",
    "mobilenetv2_100": "mobilenetv2_100.ra_in1k",
    "densenet121": "densenet121.tv_in1k",
    "vgg16": "vgg16.tv_in1k",
}
# Those that timm does not have, with the evaluation transform of torchvision's weights.
TORCHVISION = {
    "squeezenet1_0": lambda: torchvision.models.squeezenet1_0(),
    "squeezenet1_1": lambda: torchvision.models.squeezenet1_1(),
    # As it is after loading IMAGENET1K_V1, whose auxiliary heads torchvision drops.
    "googlenet": lambda: googlenet(),
}


def googlenet():
    return torchvision.models.googlenet(transform_input=True, aux_logits=False, init_weights=False)


def build(name):
    if name in VARIANTS:
        model = timm.create_model(VARIANTS[name])
        return model, model.pretrained_cfg
    mean, std = IMAGENET
    cfg = {"input_size": (3, 224, 224), "crop_pct": 224 / 256, "interpolation": "bilinear", "crop_mode": "center"}
    return TORCHVISION[name](), {**cfg, "mean": mean, "std": std}


def variant(name):
    """A digest of "name shape" lines in the order of names, and the preprocessing of the default_cfg."""
    model, cfg = build(name)
    shapes = {k: list(v.shape) for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
    lines = "\n".join(sorted(f"{name} {'x'.join(map(str, shape))}" for name, shape in shapes.items()))
    size = cfg["input_size"][1]
    print(name, cfg)
    return {
        "tag": VARIANTS.get(name, f"torchvision {name}"),
        "tensors": len(shapes),
        "parameters": sum(p.numel() for p in model.parameters()),
        "sha256": hashlib.sha256(lines.encode()).hexdigest(),
        "preprocessing": {
            "size": size,
            # as timm.data.create_transform
            "resize": math.floor(size / cfg["crop_pct"]),
            "interpolation": cfg["interpolation"],
            "crop": cfg["crop_mode"],
            "mean": list(cfg["mean"]),
            "std": list(cfg["std"]),
        },
    }


def sampled(value, every):
    flat = value.detach().double().reshape(-1)
    return {
        "every": every,
        "values": listed(flat[::every]),
        "norm": float(flat.norm()),
        "largest": float(flat.abs().max()),
    }


def distance(value, reference):
    """Norm of the difference to float64, as a share of the norm."""
    return float(f"{float((value.detach().double() - reference).norm() / reference.norm()):.3g}")


def full(name):
    """The first, the middle and the last tap; with each the distance of float32 from float64 in torch itself."""
    model, cfg = build(name)
    fill(model)
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    size = cfg["input_size"][1]
    names = tap_names(model)
    taps = [names[0], names[len(names) // 2], names[-1]]
    images = image("full image", (1, 3, size, size))
    statistics = (cfg["mean"], cfg["std"])
    exact = run(model, images.double(), statistics, taps)
    single = run(model.float(), images, statistics, taps, exact["unit"])
    result = {"unit": exact["unit"], "logits": sampled(exact["logits"], 7), "taps": {}}
    result["logits"]["float32"] = distance(single["logits"], exact["logits"])
    for tap in taps:
        result["taps"][tap] = {
            key: {**sampled(value, 997), "float32": distance(single["taps"][tap][key], value)}
            for key, value in exact["taps"][tap].items()
        }
    report = {t: {k: (v["norm"], v["float32"]) for k, v in found.items()} for t, found in result["taps"].items()}
    print(name, exact["unit"], result["logits"]["norm"], result["logits"]["float32"], report, flush=True)
    return result


def main():
    versions = {"timm": timm.__version__, "torchvision": torchvision.__version__}
    wanted = sys.argv[1:] or ["tiny", "zoo"]
    if "tiny" in wanted:
        cases = {name: tiny(*how) for name, how in TINY.items()}
        write("models-convolutional.json", versions, {"cases": cases})
    names = [*VARIANTS, *TORCHVISION]
    if "zoo" in wanted:
        write("zoo-convolutional.json", versions, {"variants": {name: variant(name) for name in names}})
    if "full" in wanted:
        write("full-convolutional.json", versions, {"cases": {name: full(name) for name in names}})


if __name__ == "__main__":
    main()
