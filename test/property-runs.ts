/** How often a property is tried: a tenth in `make watch`, which answers while one types; all in every other run. */
export const propertyRuns = (all: number): { readonly numRuns: number } => ({
  numRuns: process.env['VITEST_MODE'] === 'WATCH' ? Math.ceil(all / 10) : all,
});
