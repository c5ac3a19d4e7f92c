namespace Mesh.Runtime.ControlPlane.Store;

/// <summary>The store's schema, as the steps that lead to it. A step that was released is never changed; the next one is added below it.</summary>
internal static class Migrations
{
    /// <summary>Marks a database as this store's: <c>MESH</c>.</summary>
    public const int ApplicationId = 0x4D455348;

    /// <summary>Step n leads from version n to version n + 1. Times are UTC ticks of 100 ns.</summary>
    public static readonly IReadOnlyList<string> Steps =
    [
        """
        CREATE TABLE faults (
            id TEXT PRIMARY KEY NOT NULL,
            request TEXT NOT NULL,
            by TEXT NOT NULL,
            lease INTEGER NOT NULL,
            began INTEGER NOT NULL,
            ends INTEGER NOT NULL,
            until INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE join_tokens (
            id TEXT PRIMARY KEY NOT NULL,
            secret_hash BLOB NOT NULL,
            identity TEXT NOT NULL,
            expires INTEGER NOT NULL,
            uses INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE join_token_uses (
            token TEXT NOT NULL REFERENCES join_tokens (id) ON DELETE CASCADE,
            key TEXT NOT NULL,
            PRIMARY KEY (token, key)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE journal (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL,
            by TEXT NOT NULL,
            what TEXT NOT NULL,
            why TEXT NOT NULL
        ) STRICT;
        """,
    ];
}
