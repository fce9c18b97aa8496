// The people who can sign in at the local identity provider. Made up, and shown on the login form.
const ACCOUNTS = [
  {
    username: "ada",
    password: "engine",
    claims: { name: "Ada Lovelace", given_name: "Ada", family_name: "Lovelace" },
  },
  {
    username: "grace",
    password: "compiler",
    claims: { name: "Grace Hopper", given_name: "Grace", family_name: "Hopper" },
  },
  {
    username: "noor",
    password: "ŝlosilo & ŝtono",
    claims: { name: "Noor “N” d’Ávila <test>", given_name: "Noor", family_name: "d’Ávila" },
  },
];

const bySubject = new Map(
  ACCOUNTS.map(({ username, claims }) => [
    username,
    { sub: username, email: `${username}@example.com`, email_verified: true, ...claims },
  ]),
);

export const accounts = ACCOUNTS.map(({ username, password }) => ({ username, password }));

/** The subject whose name and password these are, or undefined. */
export function authenticate(username, password) {
  return ACCOUNTS.find((account) => account.username === username && account.password === password)
    ?.username;
}

/** What oidc-provider asks for as `findAccount`. */
export function findAccount(_context, sub) {
  const claims = bySubject.get(sub);
  return claims && { accountId: sub, claims: () => claims };
}
