using Microsoft.Data.Sqlite;

namespace Mesh.Runtime.ControlPlane.Store;

/// <summary>
/// The store's SQLite file: mode 0600, written ahead (WAL) and synced with every transaction, held by one process alone, its schema brought up to date step by step.
/// A file that is damaged, another program's or of a newer MeshLab is never written to. One user at a time.
/// </summary>
internal sealed class Database : IDisposable
{
    private const int NotADatabase = 26;
    private const int Corrupt = 11;
    private const int Busy = 5;

    private readonly string _path;
    private readonly SqliteConnection _connection;
    private readonly Lock _lock = new();

    private Database(string path, SqliteConnection connection) => (_path, _connection) = (path, connection);

    /// <summary>The database in a file, which is made where there is none.</summary>
    /// <exception cref="StoreException">It cannot be used; the message says why, and the file is as it was.</exception>
    public static Database Open(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false, DefaultTimeout = 5 }.ToString());
        try
        {
            Create(path);
            connection.Open();
            var database = new Database(path, connection);
            database.Prepare();
            return database;
        }
        catch (Exception error) when (error is SqliteException or IOException or UnauthorizedAccessException)
        {
            connection.Dispose();
            throw new StoreException(Reason(path, error), error);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Does several things, or none of them; they are on the disk when it returns.</summary>
    /// <exception cref="StoreException">They could not be written.</exception>
    public T InTransaction<T>(Func<Database, T> work) => Guarded(() =>
    {
        using var transaction = _connection.BeginTransaction();
        var result = work(this);
        transaction.Commit();
        return result;
    });

    /// <summary>Runs a statement with its parameters <c>$0</c>, <c>$1</c>…</summary>
    /// <returns>How many rows it changed.</returns>
    /// <exception cref="StoreException">It could not be written.</exception>
    public int Run(string statement, params object[] parameters) => Guarded(() =>
    {
        using var command = Command(statement, parameters);
        return command.ExecuteNonQuery();
    });

    /// <summary>What a question finds, row by row.</summary>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public List<T> Find<T>(string question, Func<SqliteDataReader, T> read, params object[] parameters) => Guarded(() =>
    {
        using var command = Command(question, parameters);
        using var reader = command.ExecuteReader();
        var found = new List<T>();
        while (reader.Read()) found.Add(read(reader));
        return found;
    });

    public void Dispose()
    {
        lock (_lock) _connection.Dispose();
    }

    private T Guarded<T>(Func<T> work)
    {
        lock (_lock)
        {
            try
            {
                return work();
            }
            catch (SqliteException error)
            {
                throw new StoreException(Reason(_path, error), error);
            }
        }
    }

    private SqliteCommand Command(string statement, object[] parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = statement;
        for (int i = 0; i < parameters.Length; i++) command.Parameters.AddWithValue($"${i}", parameters[i]);
        return command;
    }

    /// <summary>An empty file for its owner alone, from its first byte on; SQLite's files beside it take its mode.</summary>
    private static void Create(string path)
    {
        if (File.Exists(path)) return;
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(path, options);
    }

    private void Prepare()
    {
        Run("PRAGMA locking_mode = EXCLUSIVE");
        RefuseStrangers();
        Run("PRAGMA journal_mode = WAL");
        Run("PRAGMA synchronous = FULL");
        Run("PRAGMA foreign_keys = ON");
        Migrate();
    }

    private void RefuseStrangers()
    {
        long application = Number("PRAGMA application_id");
        bool isNew = application == 0 && Number("SELECT count(*) FROM sqlite_schema") == 0;
        if (!isNew && application != Migrations.ApplicationId) throw new StoreException($"'{_path}' is another program's database; name another directory for the control plane's state.");
        long version = Number("PRAGMA user_version");
        if (version > Migrations.Steps.Count)
            throw new StoreException($"'{_path}' was written by a newer MeshLab (schema {version}; this one knows {Migrations.Steps.Count}); use that one, or another directory for the control plane's state.");
        string check = Find("PRAGMA quick_check(1)", row => row.GetString(0)).FirstOrDefault() ?? "ok";
        if (check != "ok") throw new StoreException(Damaged(_path, check));
    }

    private void Migrate()
    {
        for (long version = Number("PRAGMA user_version"); version < Migrations.Steps.Count; version++)
        {
            string step = Migrations.Steps[(int)version];
            InTransaction(database => database.Run($"{step} PRAGMA application_id = {Migrations.ApplicationId}; PRAGMA user_version = {version + 1};"));
        }
    }

    private long Number(string question) => Find(question, row => row.GetInt64(0))[0];

    private static string Damaged(string path, string reason) => $"'{path}' is damaged or no database ({reason}); restore it, or move it away to begin anew.";

    private static string Reason(string path, Exception error) => error is not SqliteException { SqliteErrorCode: var code } ? $"'{path}' cannot be opened: {error.Message}" : code switch
    {
        NotADatabase or Corrupt => Damaged(path, error.Message),
        Busy => $"'{path}' is in use: another control plane runs with this state. Stop it, or name another directory.",
        _ => $"'{path}' could not be written: {error.Message}",
    };
}
