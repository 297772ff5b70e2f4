import { createContext, useContext, type PropsWithChildren } from "hono/jsx";

/** The path that the inspector is mounted at, before the paths of its pages. */
export const Base = createContext("");

/** The pages that every page leads to. */
const NAVIGATION = [
  ["/", "Overview"],
  ["/hooks", "Hooks"],
  ["/decisions", "Decisions"],
  ["/shadow", "Shadow"],
  ["/reload", "Reload"],
  ["/configuration", "Configuration"],
] as const;

/** A link within the inspector. */
export function To({ path, children }: PropsWithChildren<{ path: string }>) {
  return <a href={useContext(Base) + path}>{children}</a>;
}

/** A page. @param here the path of its entry in the navigation */
export function Page({ title, here, children }: PropsWithChildren<{ title: string; here: string }>) {
  const base = useContext(Base);
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · Ligand`}</title>
        <link rel="icon" href={`${base}/icon.svg`} type="image/svg+xml" />
        <link rel="stylesheet" href={`${base}/inspector.css`} />
        <script src={`${base}/inspector.js`} defer></script>
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <header>
          <p class="name">Ligand</p>
          <nav aria-label="Pages">
            {NAVIGATION.map(([path, name]) => (
              <a href={base + path} aria-current={path === here ? "page" : undefined}>
                {name}
              </a>
            ))}
          </nav>
        </header>
        <main id="main" tabindex={-1}>
          <h1>{title}</h1>
          {children}
        </main>
      </body>
    </html>
  );
}

/** A table that is wider than a phone. @param name what it shows */
export function Wide({ name, children }: PropsWithChildren<{ name: string }>) {
  return (
    <div class="wide" role="region" aria-label={name} tabindex={0}>
      {children}
    </div>
  );
}
