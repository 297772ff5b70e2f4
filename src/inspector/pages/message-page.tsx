import { Page } from "./layout.js";

/** A page that says one thing. */
export function MessagePage({ title, here, message }: { title: string; here: string; message: string }) {
  return (
    <Page title={title} here={here}>
      <p>{message}</p>
    </Page>
  );
}
