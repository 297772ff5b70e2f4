/** The folder of the package that a file, or a folder, is of where npm installs packages; linked ones are elsewhere. */
export function installedFolderOf(path: string): string | undefined {
  return /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(path)?.[0];
}
