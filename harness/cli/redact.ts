/**
 * Takes what looks like a secret out of a line before it is printed: command lines and messages are pasted into
 * issues and build logs. A file of its own because every printed fault goes through it.
 */

const SECRET_NAME =
  /(pass(word|wd|phrase)?|secret|token|credential|api[_-]?key|access[_-]?key|private[_-]?key|authorization)/i;

/** Prefixes by which well-known services mark their keys, a JSON web token, and AWS' key ids. */
const SECRET_VALUE =
  /\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|sk-[\w-]{16,}|xox[abprs]-[\w-]{10,}|AKIA[A-Z0-9]{12,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)/g;

/** Hides, in any text, passwords inside URLs, secret query parameters and `NAME=VALUE` pairs, and known keys. */
export function redactText(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)([^\s/?#'"]*)@/gi, (_, scheme: string, account: string) => {
      const colon = account.indexOf(':');
      return colon < 0 ? `${scheme}${account}@` : `${scheme}${account.slice(0, colon)}:***@`;
    })
    .replace(/([\w.-]+)=([^\s&'"]+)/g, (pair, name: string) =>
      SECRET_NAME.test(name) ? `${name}=***` : pair,
    )
    .replace(SECRET_VALUE, '***');
}

/** Renders arguments as one line to type, with secrets hidden and quotes where a shell needs them. */
export function redactCommandLine(args: readonly string[]): string {
  const shown = args.map((arg, index) => {
    const before = args[index - 1] ?? '';
    const namesSecret = /^--?[\w-]+$/.test(before) && SECRET_NAME.test(before);
    return quoteForShell(namesSecret ? '***' : redactText(arg));
  });
  return ['golem', ...shown].join(' ');
}

/** Quotes an argument for a POSIX shell where it needs it. */
export function quoteForShell(arg: string): string {
  return /^[\w@%+=:,./*-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`;
}
