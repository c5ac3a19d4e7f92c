using Mesh.Runtime.ControlPlane.Certificates;
using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.ControlPlane.Store;

/// <summary>Join tokens in the database: of a secret its hash alone.</summary>
/// <param name="database">The database.</param>
/// <param name="capacity">The most that are kept.</param>
internal sealed class StoredJoinTokens(Database database, int capacity = 10_000) : IJoinTokenStore
{
    public void Add(JoinTokenRecord record)
    {
        bool isFull = database.InTransaction(database =>
        {
            if (database.Find("SELECT count(*) FROM join_tokens", row => row.GetInt64(0))[0] >= capacity) return true;
            database.Run("INSERT INTO join_tokens (id, secret_hash, identity, expires, uses) VALUES ($0, $1, $2, $3, $4)",
                record.Id, record.SecretHash.ToArray(), record.Identity.ToString(), record.Expires.UtcTicks, record.Uses);
            return false;
        });
        if (isFull) throw new IdentityException($"there are {capacity} join tokens already; wait until some expire, or remove some.");
    }

    public JoinTokenRecord? Find(string id) => database.InTransaction(database =>
    {
        var uses = database.Find("SELECT key FROM join_token_uses WHERE token = $0", row => row.GetString(0), id);
        return database.Find("SELECT id, secret_hash, identity, expires, uses FROM join_tokens WHERE id = $0", row => new JoinTokenRecord(
            row.GetString(0), row.GetFieldValue<byte[]>(1), SpiffeId.Parse(row.GetString(2)), new DateTimeOffset(row.GetInt64(3), TimeSpan.Zero), row.GetInt32(4), uses), id).SingleOrDefault();
    });

    public bool TryUse(string id, string key) => database.InTransaction(database =>
    {
        if (database.Find("SELECT 1 FROM join_token_uses WHERE token = $0 AND key = $1", row => row.GetInt64(0), id, key).Count > 0) return true;
        return database.Run("""
            INSERT INTO join_token_uses (token, key)
            SELECT $0, $1 FROM join_tokens WHERE id = $0 AND uses > (SELECT count(*) FROM join_token_uses WHERE token = $0)
            """, id, key) > 0;
    });

    public bool Remove(string id) => database.InTransaction(database => database.Run("DELETE FROM join_tokens WHERE id = $0", id)) > 0;

    public int RemoveExpired(DateTimeOffset now) => database.InTransaction(database => database.Run("DELETE FROM join_tokens WHERE expires <= $0", now.UtcTicks));
}
