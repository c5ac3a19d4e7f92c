using System.Net.Sockets;
using Mesh.Reports.Rendering;
using Mesh.Runtime.Model;
using Mesh.Simulator;

namespace Mesh.Scenarios.Running.Live;

/// <summary>Waits until a service of the user's own is ready.</summary>
internal static class Readiness
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Completes when it listens, and answers 200 where a path is given.</summary>
    /// <param name="config">What it is.</param>
    /// <param name="name">The replica.</param>
    /// <param name="address">Where it should listen.</param>
    /// <param name="time">The clock.</param>
    /// <param name="failed">Why it never will be ready; <c>null</c> while it may.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="IOException">It is not ready in time.</exception>
    public static async Task WaitAsync(LiveServiceConfig config, string name, EndpointAddress address, TimeProvider time, Func<string?> failed, CancellationToken cancellation)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(2) };
        long began = time.GetTimestamp();
        string state = "it does not listen";
        while (time.GetElapsedTime(began) < config.ReadyWithin)
        {
            if (failed() is { } why) throw new IOException($"{name}: {why}");
            if (await TryAsync(config, address, client, cancellation).ConfigureAwait(false) is not { } problem) return;
            state = problem;
            await Task.Delay(Pause, time, cancellation).ConfigureAwait(false);
        }
        throw new IOException($"{name} is not ready at {address} after {Units.Duration(config.ReadyWithin.TotalSeconds)}: {state}. Give it longer with 'readyWithin', or say how it tells with 'readyPath'.");
    }

    private static async Task<string?> TryAsync(LiveServiceConfig config, EndpointAddress address, HttpClient client, CancellationToken cancellation)
    {
        try
        {
            if (config.ReadyPath is not { } path)
            {
                using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(address.Host, address.Port, cancellation).ConfigureAwait(false);
                return null;
            }
            using var answer = await client.GetAsync(new Uri($"http://{address}{path}"), cancellation).ConfigureAwait(false);
            return answer.IsSuccessStatusCode ? null : $"{path} answers {(int)answer.StatusCode}";
        }
        catch (Exception error) when (error is SocketException or HttpRequestException || (error is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return error.GetBaseException().Message;
        }
    }
}
