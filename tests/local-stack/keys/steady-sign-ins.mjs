// Whole sign-ins, one begun every 100 ms for as long as it is wanted, and how each of them ended.
const INTERVAL_MS = 100;
const ADA = { username: "ada", password: "engine" };

/** @returns a `stop` that waits for the last one: `{ count, failures }`, a sentence for each failure */
export function startSignIns(stack) {
  const under = new Set();
  const failures = [];
  let count = 0;
  const begin = () => {
    const signIn = stack
      .signIn(ADA)
      .then(
        ({ error, description }) => error && failures.push(`${error}: ${description}`),
        (error) => failures.push(error.message),
      )
      .finally(() => under.delete(signIn));
    count += 1;
    under.add(signIn);
  };
  begin();
  const timer = setInterval(begin, INTERVAL_MS);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(under);
      return { count, failures };
    },
  };
}
