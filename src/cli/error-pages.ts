/** `docs/errors/`: a page for every code, written from the registries. */
import { allCodes, type CodePage, codePage } from "./code-page.ts";

const written = "<!-- Written by `npm run generate` from the registries of codes; do not edit. -->\n";

/** Every page by its path in the repository. */
export function errorPages(): Map<string, string> {
  const pages = allCodes.map((code) => codePage(code)).filter((page) => page !== undefined);
  return new Map([
    ["docs/errors/README.md", index(pages)],
    ...pages.map((page): [string, string] => [`docs/errors/${page.code}.md`, markdown(page)]),
  ]);
}

const families: readonly (readonly [title: string, prefix: string])[] = [
  ["A manifest", "FSD1"],
  ["How the command was called", "FSD5"],
  ["The local platform", "FSD6"],
  ["AWS, environments and stacks", "FSD7"],
  ["A deployment", "FSD8"],
  ["fsd itself", "FSD9"],
];

function index(pages: readonly CodePage[]): string {
  const tables = families.map(([title, prefix]) => {
    const rows = pages
      .filter(({ code }) => code.startsWith(prefix))
      .map((page) => `| [${page.code}](${page.code}.md) | ${page.weight.replace(/^[^:]+: /, "")} | ${page.title} |`);
    return `## ${title}\n\n| code | severity or exit code | |\n|---|---|---|\n${rows.join("\n")}\n`;
  });
  return `${written}# What can be wrong\n\n\`fsd explain CODE\` says the same on the command line.\n\n${tables.join("\n")}`;
}

function markdown({ code, title, weight, why, fix, examples }: CodePage): string {
  const samples = examples.map((sample) => `\n## ${sample.title}\n\n\`\`\`${sample.language}\n${sample.text}\`\`\`\n`);
  return `${written}# ${code}: ${title}\n\n${weight}\n\n${why}\n\n**What to do.** ${fix}\n${samples.join("")}`;
}
