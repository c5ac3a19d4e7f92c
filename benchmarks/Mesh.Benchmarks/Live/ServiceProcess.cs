using System.Diagnostics;
using System.Text.Json;
using Mesh.Runtime.Model;

namespace Mesh.Benchmarks.Live;

/// <summary><c>meshlab service</c> in a process of its own, which ends with this one.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ServiceProcess(Process process, EndpointAddress address) => (_process, Address) = (process, address);

    public EndpointAddress Address { get; }

    /// <summary>Processor time that it has taken.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static async Task<ServiceProcess> StartAsync(params string[] arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "meshlab.dll");
        var process = Process.Start(new ProcessStartInfo("dotnet", [program, "service", "--json", "--with-parent", .. arguments]) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
        string line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the service did not start");
        var said = JsonDocument.Parse(line).RootElement;
        return new ServiceProcess(process, new EndpointAddress(said.GetProperty("host").GetString()!, said.GetProperty("port").GetInt32()));
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
