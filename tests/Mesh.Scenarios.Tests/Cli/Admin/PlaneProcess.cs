using System.Text.Json;
using Mesh.Scenarios.Tests.Running;

namespace Mesh.Scenarios.Tests.Cli.Admin;

/// <summary>A control plane in a process of its own.</summary>
internal static class PlaneProcess
{
    /// <summary>One that listens, and where: its admin API, and for sidecars.</summary>
    public static Task<(MeshLabProcess Process, string Url, string Sidecars)> StartAsync(params string[] args) => StartAtAsync("127.0.0.1:0", args);

    public static async Task<(MeshLabProcess Process, string Url, string Sidecars)> StartAtAsync(string listen, params string[] args)
    {
        var process = MeshLabProcess.Start(["control-plane", .. args, "--admin", "127.0.0.1:0", "--listen", listen, "--json"]);
        var listens = JsonDocument.Parse("{" + await process.LineAsync("{")).RootElement;
        return (process, listens.GetProperty("admin").GetString()!, listens.GetProperty("sidecars").GetString()!);
    }
}
