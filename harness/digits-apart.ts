/**
 * How many digits a share needs beside the limit that it is held against: rounded alike, "up to 1%, 1% allowed" hides why
 * there is anything to say. A file of its own because verdicts and tables word the same shares.
 */

const FEWEST = 2;
/** Shares are kept to a millionth, which is four digits behind a per cent's point. */
const MOST = 7;

/** Significant digits with which the first is read as another number than the second; two where they are the same. */
export function digitsApart(share: number, limit: number): number {
  for (let digits = FEWEST; digits <= MOST; digits++)
    if (Number((share * 100).toPrecision(digits)) !== Number((limit * 100).toPrecision(digits)))
      return digits;
  return FEWEST;
}
