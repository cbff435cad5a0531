/**
 * Commands of a report as they work where the reader sits. A report names recordings without their folders, so that its
 * bytes are the same wherever they lie; pasted into a shell, such a name finds nothing. Apart from the terminal's page
 * because files and build servers keep the commands as they are.
 */
import type { Report } from './shape.ts';

/** The report with each command as `typed` has it; one that is empty there cannot be typed and is left out. */
export function withTypedCommands(report: Report): Report {
  const { typed } = report;
  if (!typed) return report;
  const as = (command: string): string => typed.get(command) ?? command;
  return {
    ...report,
    reproduce: as(report.reproduce),
    rows: report.rows.map((row) => ({ ...row, remedy: as(row.remedy) })),
    causes: report.causes.map((cause) => ({ ...cause, look: as(cause.look) })),
    ...(report.next
      ? {
          next: report.next
            .map((one) => ({ ...one, command: as(one.command) }))
            .filter(({ command }) => command !== ''),
        }
      : {}),
  };
}
