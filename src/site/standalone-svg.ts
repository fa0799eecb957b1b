/** A chart as a file of its own: what the pages' style sheets say of it is written into it, in the colours of paper. */

const STYLE = `
svg{background:#fff}
text{fill:#5f5c57;font:12px Helvetica,Arial,sans-serif}
.axis path{stroke:#5f5c57;fill:none}.axis .grid{stroke:#dedad3}.axis .name,.head{fill:#1a1a1d}
.head{font-weight:600}.line{fill:none;stroke:currentColor;stroke-width:1.75}
.fill{fill:currentColor;opacity:.75}.band{fill:currentColor;opacity:.16}
.whisker{fill:none;stroke:#1a1a1d;stroke-width:1.25}
.series circle,.series text{fill:currentColor}
.class{color:#b0381a}.scene{color:#1d5da4}.texture{color:#226b3c}.concept{color:#7f3a98}`;

export function standaloneSvg(svg: string): string {
  return svg.replace(/^<svg[^>]*>/, (open) => `${open}<style>${STYLE}</style>`);
}
