/** What `npm run atlas -- help` prints. */
import type { Output } from "../output.ts";

export const HELP = `npm run atlas -- [command] [what] [options]

Commands
  (none)       build everything of the configuration; goes on where an earlier build stopped
  models       list models, also those of the zoo; with a model, its layers and neurons
  add          download a model of the zoo or the Hugging Face hub, or take a file, and write its card
  plan         what would run, what is fresh, and what it costs
  visualize    visualize the given neurons and publish them
  status       what is finished, and what is published
  verify       hash everything published again
  serve        serve the pages of dist/
  help         this

What: a model, a layer, a neuron or a range of neurons, any number of them
  picturebook_vit   picturebook_vit/blocks.3.mlp.act   picturebook_vit/blocks.3.mlp.act/0-63

What to add: a name of the zoo, a repository, a file of either kind
  deit_tiny_patch16_224   timm/deit_tiny_patch16_224.fb_in1k@main   ./mine.safetensors   https://…/mine.safetensors

Options
  --config FILE      another configuration than content/atlas.config.ts
  --model ID         only this model; may be repeated
  --tap NAME         only this layer; may be repeated
  --all              every neuron, not only the chosen ones
  --images N         look at N images
  --per-layer N      visualize N neurons a layer
  --steps N          steps of an ascent
  --set KEY=VALUE    any other key, such as recipe.copies=2; may be repeated
  --device NAME      cpu, webgpu, cuda or tensorflow
  --threads N        threads of a program; 0 takes every core
  --no-site          do not render the pages
  --as NAME          of add: the model of the zoo that the weights are one of
  --labels FILE      of add: names of the classes, one a line, where they are others
  --id ID            of add: another id for the card
  --into FOLDER      of add: another folder for the card
  --json             one JSON object a line
  --port N           of serve; 4321
  --base PATH        of serve: the path that the site was built for; /
`;

export function help(output: Output): void {
  output.show({ help: HELP }, HELP.trimEnd());
}
