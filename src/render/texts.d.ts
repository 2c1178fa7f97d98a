// Files of other languages are imported as their text: packaging/build.ts puts it into the program, and packaging/text-imports.ts
// does the same for vitest and for tsx.
declare module '*.php' {
  const text: string;
  export default text;
}

declare module '*.html' {
  const text: string;
  export default text;
}
