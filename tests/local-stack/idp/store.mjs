// What oidc-provider remembers, in memory, one store for each provider. The client is not stored: it is asked for
// anew each time, so that its registered keys can change while it is being used.

/** An adapter factory for oidc-provider's `adapter` setting. */
export function createStore({ currentClient }) {
  const records = new Map();

  return (model) => {
    const keyOf = (id) => `${model}:${id}`;
    const find = (id) => {
      const record = records.get(keyOf(id));
      return record && Date.now() < record.expiresAt ? record.payload : undefined;
    };
    const findWhere = (name, value) => {
      for (const [key, { payload, expiresAt }] of records) {
        if (key.startsWith(`${model}:`) && payload[name] === value && Date.now() < expiresAt) {
          return payload;
        }
      }
      return undefined;
    };

    // oidc-provider awaits all of these.
    return {
      find: async (id) => (model === "Client" ? currentClient(id) : find(id)),
      findByUid: async (uid) => findWhere("uid", uid),
      findByUserCode: async (userCode) => findWhere("userCode", userCode),
      async upsert(id, payload, expiresIn = Infinity) {
        records.set(keyOf(id), { payload, expiresAt: Date.now() + expiresIn * 1000 });
      },
      async consume(id) {
        find(id).consumed = Math.floor(Date.now() / 1000);
      },
      async destroy(id) {
        records.delete(keyOf(id));
      },
      async revokeByGrantId(grantId) {
        for (const [key, { payload }] of records) {
          if (payload.grantId === grantId) records.delete(key);
        }
      },
    };
  };
}
