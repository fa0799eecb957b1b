/** The prose of the site: chapters in MDX, documentation in Markdown. Published data is no collection; `site/data.ts` reads it. */

import { defineCollection } from "astro:content";
import { glob } from "astro/loaders";
import { z } from "zod";

export const collections = {
  chapters: defineCollection({
    loader: glob({ base: "content/chapters", pattern: "*.mdx" }),
    schema: z.object({ title: z.string(), description: z.string() }),
  }),
  docs: defineCollection({
    loader: glob({ base: "content/docs", pattern: "*.md" }),
    schema: z.object({ title: z.string(), description: z.string() }),
  }),
};
