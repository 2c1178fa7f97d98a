/** What PHP-FPM logs in each start. */
export const BEGINNING = '[22-Nov-2026 22:37:00] NOTICE: fpm is running, pid 52\n';
