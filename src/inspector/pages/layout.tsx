import { createContext, useContext, type Child, type PropsWithChildren } from "hono/jsx";
import { Text } from "./pieces.js";

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

/** `Category.hook`, which may be broken where the hook begins. */
export function HookName({ of }: { of: string }) {
  const hook = of.indexOf(".") + 1;
  return (
    <bdi>
      {of.slice(0, hook)}
      <wbr />
      {of.slice(hook)}
    </bdi>
  );
}

/** A link to the page of a hook. */
export function ToHook({ of }: { of: string }) {
  return (
    <To path={`/hooks/${encodeURIComponent(of)}`}>
      <HookName of={of} />
    </To>
  );
}

/** A link to the decisions for which a module was asked. */
export function ToModule({ id }: { id: string }) {
  return (
    <To path={`/decisions?module=${encodeURIComponent(id)}`}>
      <Text of={id} />
    </To>
  );
}

/** A page. @param here the path of its entry in the navigation @param heading by default the title */
export function Page({
  title,
  here,
  heading = title,
  children,
}: PropsWithChildren<{ title: string; here: string; heading?: Child }>) {
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
          <h1>{heading}</h1>
          {children}
        </main>
      </body>
    </html>
  );
}
