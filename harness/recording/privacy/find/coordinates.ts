/**
 * Finds coordinates of a place on earth: exact enough ones are an address. A file of its own because they are pairs,
 * and one half of a pair is a figure like any other.
 */
import { findAll, type Found } from './found.ts';

/** Four decimals are eleven metres. */
const PAIR =
  /(?<![\d.])[+-]?\d{1,3}\.\d{4,}°?\s?[NS北]?\s?[,;/、\s]\s?[+-]?\d{1,3}\.\d{4,}°?\s?[EW東]?(?![\d.])/gi;
const NAMED =
  /(?:(?<![a-z])(?:lat(?:itude)?|lng|lon(?:gitude)?)(?![a-z])|緯度|経度|北緯|南緯|東経|西経)\s?[:=は]?\s?[+-]?\d{1,3}(?:\.\d+|\s?[°度]\s?\d{1,2}(?:\s?['′分]\s?\d{1,2}(?:\.\d+)?\s?(?:["秒]|''|′′))?)[°度'′分]?\s?[NSEW]?/gi;
const MINUTES =
  /(?<![\d.])(?:[NSEW]\s?)?\d{1,3}\s?[°度]\s?\d{1,2}(?:\.\d+)?\s?['′分](?:\s?\d{1,2}(?:\.\d+)?\s?(?:["秒]|''|′′)\s?)?[NSEW北南東西](?![a-z])/gi;
const HEMISPHERES =
  /(?<![\p{L}\d.])[NS]\s?\d{1,2}\.\d{2,}°?\s?[,\s]\s?[EW]\s?\d{1,3}\.\d{2,}|(?<![\d.])\d{1,2}\.\d{2,}°?\s?[NS]\s?[,\s]\s?\d{1,3}\.\d{2,}°?\s?[EW](?!\p{L})/gu;

function onEarth(match: RegExpExecArray): { readonly length: number } | null {
  const [latitude = 0, longitude = 0] = (match[0].match(/\d+\.\d+/g) ?? []).map(Number);
  return latitude <= 90 && longitude <= 180 ? { length: match[0].length } : null;
}

/** Coordinates with both halves, or with a word that says what they are. */
export function findCoordinates(text: string): Found[] {
  if (!/\d\s?[.°度]/.test(text)) return [];
  return [
    ...findAll(text, PAIR, 'place', onEarth),
    ...findAll(text, NAMED, 'place'),
    ...findAll(text, MINUTES, 'place'),
    ...findAll(text, HEMISPHERES, 'place'),
  ];
}
