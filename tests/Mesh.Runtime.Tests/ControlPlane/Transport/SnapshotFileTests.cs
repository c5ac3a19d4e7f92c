using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.ControlPlane.Transport;
using Mesh.Runtime.ControlPlane.Transport.Messages;
using Mesh.Runtime.Model;
using Mesh.Runtime.Tests.Sidecar;
using Microsoft.AspNetCore.Http;
using Wire = Mesh.Runtime.ControlPlane.Transport.Wire;

namespace Mesh.Runtime.Tests.ControlPlane.Transport;

public sealed class SnapshotFileTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"meshlab-{Guid.NewGuid():N}");
    private readonly List<string> _said = [];

    public void Dispose()
    {
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    private static Task Until(Func<bool> fact) => LiveMesh.Until(fact);

    private async Task<string> WriteAsync(long version)
    {
        await using var file = new SnapshotFile(_folder, _said.Add);
        var push = new Wire.Push { Version = version, Whole = true };
        push.Services.Add(new Wire.Service { Name = "cart".ToWire(), Policy = ConfigJson.Write(new PolicyConfig()), Endpoints = Google.Protobuf.ByteString.Empty });
        file.Save(push);
        return file.Path;
    }

    private async Task<Wire.Push?> LoadAsync()
    {
        await using var file = new SnapshotFile(_folder, _said.Add);
        return file.Load();
    }

    [Fact]
    public async Task Newest_snapshot_is_read_again_and_its_file_is_closed_to_others()
    {
        Assert.Null(await LoadAsync());
        await WriteAsync(3);
        string path = await WriteAsync(4);
        Assert.Equal(4, (await LoadAsync())!.Version);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Empty(_said);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(40)]
    [InlineData(-1)]
    public async Task Broken_file_is_said_and_ignored(int length)
    {
        string path = await WriteAsync(3);
        byte[] content = await File.ReadAllBytesAsync(path);
        if (length < 0) content[^1] ^= 1;
        else content = content[..length];
        await File.WriteAllBytesAsync(path, content);
        Assert.Null(await LoadAsync());
        Assert.Contains("is ignored", Assert.Single(_said));
    }

    [Fact]
    public async Task Sidecar_that_starts_while_the_control_plane_is_away_serves_by_its_last_snapshot_and_says_so()
    {
        await using var mesh = new LiveMesh();
        var application = await mesh.AddApplicationAsync(context => context.Response.WriteAsync("hello"));
        await using var plane = await TestControlPlane.StartAsync();
        plane.Observe("cart", application.Port);
        await plane.InjectAsync("teapot", new FaultConfig { Name = "teapot", Abort = new FaultAbort { Status = 418 } }, "cart", TimeSpan.FromMinutes(10));
        long version;
        await using (var first = await TestSidecar.StartAsync(plane, "web-1", "web", ["cart"], state: _folder))
        {
            await Until(() => first.Knows("cart")?.Faults.Count == 1);
            version = first.Status.Version;
        }
        var address = new ControlPlaneWay(plane.Address, null, TimeProvider.System);
        await plane.KillAsync();

        await using var second = await TestSidecar.StartAsync(address, "web-1", "web", ["cart"], state: _folder);
        Assert.Equal(200, await second.CallAsync("cart"));   // without the fault: nobody vouches for it
        Assert.Equal((AgentConnection.Stale, version), (second.Status.State, second.Status.Version));
        Assert.Contains(second.Said, said => said.Contains("starts from the last snapshot on disk"));
    }

    [Fact]
    public async Task Sidecar_that_starts_from_its_disk_is_told_of_the_faults_of_the_same_version()
    {
        await using var plane = await TestControlPlane.StartAsync();
        plane.Observe("cart", 8001);
        await plane.InjectAsync("teapot", new FaultConfig { Name = "teapot", Abort = new FaultAbort { Status = 418 } }, "cart", TimeSpan.FromMinutes(10));
        await using (var first = await TestSidecar.StartAsync(plane, "web-1", "web", ["cart"], state: _folder)) await Until(() => first.Knows("cart")?.Faults.Count == 1);
        await using var second = await TestSidecar.StartAsync(plane, "web-1", "web", ["cart"], state: _folder);
        await Until(() => second.Knows("cart")?.Faults.Count == 1);
    }
}
