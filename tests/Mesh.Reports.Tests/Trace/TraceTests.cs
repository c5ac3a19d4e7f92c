using CsCheck;
using Mesh.Reports.Trace;
using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Tests.Trace;

public sealed class TraceTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    private static ToyMesh Some(int requests = 300)
    {
        var mesh = new ToyMesh();
        for (int i = 0; i < requests; i++)
            mesh.Call("ingress", "ca\trt\n", "/", i, 5 + i % 7, i % 5 == 0 ? 503 : 200, 1 + i % 3, i % 3 == 0 ? ResponseFlags.UT | ResponseFlags.URX : 0);
        return mesh;
    }

    private static string HashOf(IEnumerable<MeshEvent> events)
    {
        var hasher = new TraceHasher();
        foreach (var e in events) hasher.On(e);
        return hasher.Hash();
    }

    private void Write(ToyMesh mesh)
    {
        using var writer = new TraceWriter(_path, mesh.Directory);
        foreach (var e in mesh.Events) writer.On(e);
    }

    [Fact]
    public void The_file_gives_the_hash_of_the_run_that_wrote_it()
    {
        var mesh = Some();
        Write(mesh);
        Assert.Equal(HashOf(mesh.Events), TraceFile.Hash(_path));
    }

    [Fact]
    public void The_hash_is_that_of_the_documented_layout()
    {
        // XxHash128 of 45 bytes, made by hand from the documentation.
        var e = new MeshEvent { At = 1, Kind = MeshEventKind.RequestEnded, Proxy = 2, Request = 3, Attempt = 4, Endpoint = 5, Outcome = 6, Flags = ResponseFlags.UO };
        byte[] bytes = new byte[45];
        (bytes[0], bytes[16], bytes[20], bytes[28], bytes[32], bytes[33], bytes[37], bytes[41]) = (1, 2, 3, 4, 8, 5, 6, 1);
        Assert.Equal(Convert.ToHexStringLower(System.IO.Hashing.XxHash128.Hash(bytes)), HashOf([e]));
    }

    [Fact]
    public void Every_hashed_column_changes_the_hash()
    {
        var e = new MeshEvent { At = 1, Kind = MeshEventKind.RequestEnded, Proxy = 2, Request = 3, Attempt = 4, Endpoint = 5, Outcome = 6, Flags = ResponseFlags.UO };
        MeshEvent[] all =
        [
            e, e with { At = 9 }, e with { Kind = MeshEventKind.AttemptEnded }, e with { Proxy = 9 }, e with { Request = 9 }, e with { Attempt = 9 },
            e with { Endpoint = 9 }, e with { Outcome = 9 }, e with { Flags = ResponseFlags.UT },
        ];
        Assert.Equal(all.Length, all.Select(one => HashOf([one])).Distinct().Count());
        Assert.NotEqual(HashOf([all[0], all[1]]), HashOf([all[1], all[0]]));
        Assert.Equal(HashOf([e]), HashOf([e with { Duration = 7, Bytes = 7, Class = 7, Service = 7 }]));
    }

    [Fact]
    public void Asking_for_the_hash_does_not_disturb_it()
    {
        var hasher = new TraceHasher();
        foreach (var e in Some().Events)
        {
            hasher.On(e);
            if (hasher.Decisions % 77 == 0) hasher.Hash();
        }
        Assert.Equal(HashOf(Some().Events), hasher.Hash());
    }

    [Theory]
    [InlineData(0, "nonsense", ":1: the first line is not a trace's header")]
    [InlineData(2, "", ":3: the line has 1 columns")]
    [InlineData(2, null, ":3: column sequence: '2' should be 1: a line is missing or doubled")]
    [InlineData(-1, null, "without its last line")]
    [InlineData(-1, "# end 7", "the last line says 7 decisions")]
    public void A_damaged_file_is_refused_with_its_line(int line, string? replacement, string message)
    {
        Write(Some(3));
        var lines = File.ReadAllLines(_path).ToList();
        int at = line < 0 ? lines.Count + line : line;
        if (replacement is null) lines.RemoveAt(at);
        else lines[at] = replacement;
        File.WriteAllLines(_path, lines);
        var error = Assert.Throws<InvalidDataException>(() => TraceFile.Hash(_path));
        Assert.StartsWith(_path + ":", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_cell_is_named_or_changes_the_hash()
    {
        var mesh = Some(3);
        Write(mesh);
        string[] lines = File.ReadAllLines(_path);
        string hash = TraceFile.Hash(_path);
        Gen.Select(Gen.Int[1, lines.Length - 2], Gen.Int[0, 8], Gen.Int[0, 4].Select(i => new[] { "x", "99", "-5", "", "9999999999999999999999" }[i])).Sample((line, column, text) =>
        {
            var cells = lines[line].Split('\t');
            if (cells[column] == text) return;
            cells[column] = text;
            File.WriteAllLines(_path, lines.Select((old, i) => i == line ? string.Join('\t', cells) : old));
            var error = Record.Exception(() => Assert.NotEqual(hash, TraceFile.Hash(_path)));
            if (error is not null) Assert.Contains($":{line + 1}: column", Assert.IsType<InvalidDataException>(error).Message, StringComparison.Ordinal);
        }, iter: 200, threads: 1);
    }
}
