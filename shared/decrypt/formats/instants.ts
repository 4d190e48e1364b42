// The forms in which go-yaml v3 takes a plain scalar for an instant.
const FORMS = [
  /^(\d{4})-(\d{1,2})-(\d{1,2})[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d{1,9})\d*)?(Z|[-+]\d{2}:\d{2})$/,
  /^(\d{4})-(\d{1,2})-(\d{1,2}) (\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d{1,9})\d*)?()$/,
  /^(\d{4})-(\d{1,2})-(\d{1,2})$/,
];

/** What a plain scalar says in RFC 3339 with as many digits as it needs; undefined when it is no instant. */
export function instantOf(text: string): string | undefined {
  const match = FORMS.map((form) => form.exec(text)).find((found) => found !== null);
  if (!match) return undefined;
  const [
    ,
    year = '',
    month = '',
    day = '',
    hour = '0',
    minute = '0',
    second = '0',
    fraction = '',
    zone = '',
  ] = match;
  const last = new Date(Date.UTC(2000 + (Number(year) % 400), Number(month), 0)).getUTCDate();
  const isDay = Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= last;
  if (!isDay || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const two = (part: string): string => part.padStart(2, '0');
  const digits = fraction.replace(/0+$/, '');
  const offset = zone === '' || /^[-+]00:00$/.test(zone) ? 'Z' : zone;
  const time = [hour, minute, second].map(two).join(':');
  return `${year}-${two(month)}-${two(day)}T${time}${digits === '' ? '' : `.${digits}`}${offset}`;
}
