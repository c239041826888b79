import type { Language } from '@renderer/locales';

const pad = (value: number): string => String(value).padStart(2, '0');

/** Date and time as the tool shows them: `2/19/2015 11:05:42 AM`, in Spanish `19/02/2015 11:05:42`. The input has no zone. */
export function formatDateTime(iso: string, language: Language): string {
  const [, year, month, day, hour, minute, second = '00'] = /^(\d+)-(\d+)-(\d+)T(\d+):(\d+)(?::(\d+))?/.exec(iso) ?? [];
  if (year === undefined || month === undefined || day === undefined || hour === undefined || minute === undefined)
    return iso;
  if (language === 'es') return `${day}/${month}/${year} ${Number(hour)}:${minute}:${second}`;
  const twelve = Number(hour) % 12 === 0 ? 12 : Number(hour) % 12;
  return `${Number(month)}/${Number(day)}/${year} ${twelve}:${minute}:${second} ${Number(hour) < 12 ? 'AM' : 'PM'}`;
}

/** Time since the start: `hh:mm:ss`, with days in front when there are any: `2.03:04:05`. */
export function formatUptime(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const rest = seconds % 86_400;
  const clock = `${pad(Math.floor(rest / 3600))}:${pad(Math.floor((rest % 3600) / 60))}:${pad(rest % 60)}`;
  return days > 0 ? `${days}.${clock}` : clock;
}

/** A number of kilobytes, rounded up, with the separators of the language: `1,024`. */
export function formatKilobytes(bytes: number, language: Language): string {
  const digits = String(Math.ceil(bytes / 1024));
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, language === 'es' ? '.' : ',');
}

/** A size as the tools for disks show it, in the largest unit of which there is one, with two decimals at most: `5.51 GB`, `127 GB`, `4 MB`. */
export function formatSize(bytes: number, language: Language): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const digits = String(Math.round((bytes / 1024 ** step) * 100) / 100);
  return `${language === 'es' ? digits.replace('.', ',') : digits} ${units[step] ?? ''}`;
}

/** A MAC address of the settings (`00-15-5D-…`) as the networking list shows it. */
export function formatMac(address: string): string {
  return address.replaceAll('-', ':');
}
