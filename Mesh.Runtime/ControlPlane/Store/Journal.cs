namespace Mesh.Runtime.ControlPlane.Store;

/// <summary>What happened, in the database: only ever added to, and bounded by age and number.</summary>
internal sealed class Journal
{
    /// <summary>The most entries that are kept.</summary>
    public const int MaxEntries = 100_000;

    /// <summary>How long an entry is kept.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromDays(90);

    private const int MaxText = 4096;
    private const int PruneEvery = 500;

    private readonly Database _database;
    private readonly TimeProvider _time;
    private readonly int _maxEntries;
    private int _sincePruned;

    /// <summary>The journal of a store.</summary>
    public Journal(Database database, TimeProvider time, int maxEntries = MaxEntries)
    {
        (_database, _time, _maxEntries) = (database, time, maxEntries);
        Prune();
    }

    /// <summary>Adds an entry.</summary>
    /// <exception cref="StoreException">It could not be written.</exception>
    /// <returns>1: the rows that it changed.</returns>
    public int Append(string by, string what, string why)
    {
        int added = _database.Run("INSERT INTO journal (at, by, what, why) VALUES ($0, $1, $2, $3)", _time.GetUtcNow().UtcTicks, Cut(by), Cut(what), Cut(why));
        if (++_sincePruned >= PruneEvery) Prune();
        return added;
    }

    /// <summary>The newest entries, the newest first.</summary>
    public IReadOnlyList<JournalEntry> Newest(int most) => _database.Find("SELECT at, by, what, why FROM journal ORDER BY number DESC LIMIT $0",
        row => new JournalEntry(new DateTimeOffset(row.GetInt64(0), TimeSpan.Zero), row.GetString(1), row.GetString(2), row.GetString(3)), most);

    private void Prune()
    {
        _sincePruned = 0;
        _database.Run("DELETE FROM journal WHERE at < $0 OR number <= (SELECT max(number) FROM journal) - $1", (_time.GetUtcNow() - MaxAge).UtcTicks, _maxEntries);
    }

    private static string Cut(string text) => text.Length <= MaxText ? text : string.Concat(text.AsSpan(0, MaxText), "…");
}
