using System.Text;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.ControlPlane.Store;
using Mesh.Runtime.Tests.ControlPlane.Discovery;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using static Mesh.Runtime.Tests.ControlPlane.Injection.WrittenFaults;

namespace Mesh.Runtime.Tests.ControlPlane.Store;

public sealed class ControlPlaneStoreTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 26, 12, 0, 0, TimeSpan.Zero));

    public ControlPlaneStoreTests()
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public void Dispose() => _folder.Dispose();

    private string Db => _folder.File(ControlPlaneStore.FileName);

    private long Now => _time.GetElapsedTime(0).Ticks;

    private ControlPlaneStore Open(TimeProvider? time = null) => ControlPlaneStore.Open(_folder.Path, new Reader(), time ?? _time);

    private LeasedFault Fault(string id, double lease, double life) => new(Written(id), TimeSpan.FromSeconds(lease), Now, Now + TimeSpan.FromSeconds(lease).Ticks) { Until = Now + TimeSpan.FromSeconds(life).Ticks };

    private double Left(LeasedFault fault, TimeProvider time) => TimeSpan.FromTicks(fault.Ends - time.GetElapsedTime(0).Ticks).TotalSeconds;

    [Fact]
    public void Fault_in_force_is_read_back_with_what_is_left_of_its_lease_by_the_wall_clock()
    {
        using (var store = Open()) store.Faults.Begun(Fault("a", 60, 300));
        // Another process: its clock of ticks begins anew, and 20 s have passed.
        var later = new FakeTimeProvider(_time.GetUtcNow() + TimeSpan.FromSeconds(20));
        using var again = Open(later);
        var fault = Assert.Single(again.Faults.Load());
        Assert.Equal(("a", "ann", "cart", 60.0), (fault.Fault.Id, fault.Fault.By, fault.Fault.Service, fault.Lease.TotalSeconds));
        Assert.Equal(40, Left(fault, later), 3);
        Assert.Equal(280, TimeSpan.FromTicks(fault.Until - later.GetElapsedTime(0).Ticks).TotalSeconds, 3);
        Assert.NotNull(fault.Fault.Fault.Abort);
    }

    [Fact]
    public void Wall_clock_that_is_set_back_prolongs_no_lease()
    {
        using (var store = Open()) store.Faults.Begun(Fault("a", 60, 300));
        var earlier = new FakeTimeProvider(_time.GetUtcNow() - TimeSpan.FromHours(5));
        using var again = Open(earlier);
        Assert.Equal(60, Left(Assert.Single(again.Faults.Load()), earlier), 3);
    }

    [Fact]
    public void Renewal_is_kept_and_an_end_forgets_the_fault()
    {
        using (var store = Open())
        {
            var fault = Fault("a", 10, 300);
            store.Faults.Begun(fault);
            store.Faults.Begun(Fault("b", 10, 300));
            _time.Advance(TimeSpan.FromSeconds(7));
            store.Faults.Renewed(fault with { Ends = Now + fault.Lease.Ticks });
            store.Faults.Ended([Fault("b", 10, 300)], "bob", "enough");
        }
        using var again = Open();
        Assert.Equal(10, Left(Assert.Single(again.Faults.Load()), _time), 3);   // not 3
        Assert.Equal(["bob: fault b ended: abort=503 on cart (enough)", "ann: fault b began: abort=503 on cart (for 5m at most)", "ann: fault a began: abort=503 on cart (for 5m at most)"],
            again.Journal.Newest(10).Select(entry => $"{entry.By}: {entry.What} ({entry.Why})"));
    }

    [Fact]
    public void What_is_acknowledged_is_on_the_disk_though_the_process_never_closes_it()
    {
        using var store = Open();
        store.Faults.Begun(Fault("a", 60, 300));
        // What a crash leaves behind: the files as they are now.
        using var crashed = new TestFolder();
        foreach (string file in Directory.EnumerateFiles(_folder.Path)) File.WriteAllBytes(crashed.File(Path.GetFileName(file)), Bytes(file));
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(crashed.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var after = ControlPlaneStore.Open(crashed.Path, new Reader(), _time);
        Assert.Single(after.Faults.Load());
    }

    [Fact]
    public void Fault_that_nobody_understands_any_more_ends_and_the_journal_says_so()
    {
        using (var store = Open()) store.Faults.Begun(new LeasedFault(Written("a", "warp=9"), TimeSpan.FromSeconds(60), Now, Now + 1) { Until = Now + 1 });
        using var again = Open();
        Assert.Empty(again.Faults.Load());
        Assert.Equal(("fault a ended", "this MeshLab cannot read it any more"), (again.Journal.Newest(1)[0].What, again.Journal.Newest(1)[0].Why));
    }

    [Fact]
    public void Second_control_plane_with_the_same_state_is_refused()
    {
        using var first = Open();
        string message = Assert.Throws<StoreException>(() => Open()).Message;
        Assert.Contains("another control plane runs with this state", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", true)]                     // an empty file is a new one
    [InlineData("these are notes, not a database; they are long enough to be looked at as one, page by page", false)]
    public void File_that_is_no_database_is_told_and_left_as_it_is(string content, bool isTaken)
    {
        File.WriteAllText(Db, content);
        if (isTaken)
        {
            Open().Dispose();
            return;
        }
        string message = Assert.Throws<StoreException>(() => Open()).Message;
        Assert.Contains("is damaged or no database", message, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(Db));
    }

    [Fact]
    public void Damaged_database_is_told_and_left_as_it_is()
    {
        using (var store = Open())
            for (int i = 0; i < 200; i++) store.Journal.Append("ann", $"entry {i} {new string('x', 200)}", "");
        byte[] bytes = File.ReadAllBytes(Db);
        Assert.True(bytes.Length > 3 * 4096);
        for (int at = 4096; at < bytes.Length; at += 64) bytes[at] ^= 0x5A;
        File.WriteAllBytes(Db, bytes);
        Assert.Contains("is damaged or no database", Assert.Throws<StoreException>(() => Open()).Message, StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(Db));
    }

    [Theory]
    [InlineData("PRAGMA application_id = 7; CREATE TABLE t (x);", "another program's database")]
    [InlineData("CREATE TABLE bookmarks (url TEXT);", "another program's database")]
    [InlineData("PRAGMA application_id = 1296388936; PRAGMA user_version = 99; CREATE TABLE faults (x);", "written by a newer MeshLab (schema 99")]
    public void Database_that_is_not_this_program_s_is_told_and_left_as_it_is(string made, string told)
    {
        using (var connection = new SqliteConnection($"Data Source={Db};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = made;
            command.ExecuteNonQuery();
        }
        byte[] before = File.ReadAllBytes(Db);
        Assert.Contains(told, Assert.Throws<StoreException>(() => Open()).Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Db));
    }

    [SkippableFact]
    public void Files_are_for_their_owner_alone()
    {
        Skip.If(OperatingSystem.IsWindows(), "no file modes there");
        using var store = Open();
        store.Journal.Append("ann", "something", "");
        Assert.All(Directory.EnumerateFiles(_folder.Path), file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
        Assert.True(Directory.EnumerateFiles(_folder.Path).Count() > 1);   // the log that is written ahead, too
    }

    [Fact]
    public void Journal_is_bounded_by_age()
    {
        using (var store = Open()) store.Journal.Append("ann", "old", "");
        _time.Advance(Journal.MaxAge + TimeSpan.FromDays(1));
        using var again = Open();
        again.Journal.Append("ann", "new", "");
        Assert.Equal(["new"], again.Journal.Newest(10).Select(entry => entry.What));
    }

    [Fact]
    public void Journal_is_bounded_in_number_and_in_the_length_of_its_texts()
    {
        using var database = Database.Open(_folder.File("small.db"));
        var journal = new Journal(database, _time, maxEntries: 1000);
        database.InTransaction(_ => Enumerable.Range(0, 2600).Sum(i => journal.Append("ann", $"{i}", new string('y', 10_000))));
        var kept = journal.Newest(10_000);
        Assert.InRange(kept.Count, 1000, 1600);   // pruned now and then
        Assert.Equal("2599", kept[0].What);
        Assert.All(kept, entry => Assert.True(entry.Why.Length < 5000));
    }

    private static byte[] Bytes(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
