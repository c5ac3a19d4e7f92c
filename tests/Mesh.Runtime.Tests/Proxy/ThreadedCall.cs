using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Tests.Proxy;

/// <summary>One request from a caller that may give up at any instant, on any thread.</summary>
internal sealed class ThreadedCall(TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly CancellationTokenSource _caller = new();

    /// <summary>Sends the request and waits for its end.</summary>
    public async Task RunAsync(OutboundPipeline outbound, RequestClass target, ulong key)
    {
        using var timer = time.CreateTimer(_ => _caller.Cancel(), null, GivesUpAfter(), Timeout.InfiniteTimeSpan);
        var request = new MeshRequest { Class = target, Key = key, IntendedStart = time.GetTimestamp(), Message = this };
        var response = await outbound.SendAsync(request, _caller.Token).AsTask().WaitAsync(Patience);
        if (response.Message is { } message) Assert.Equal(key, message);
        if (response.Status == 0) Assert.True(_caller.IsCancellationRequested && response.Flags.HasFlag(ResponseFlags.DC), $"status 0 because of {response.Flags}");
        else Assert.Contains(response.Status, (int[])[200, 429, 503, 504]);
        if (!response.Complete) await response.End.AsTask().WaitAsync(Patience);
    }

    /// <summary>The caller gives up on another thread, about now.</summary>
    public void GiveUpElsewhere() => ThreadPool.UnsafeQueueUserWorkItem(static call =>
    {
        Thread.SpinWait(Random.Shared.Next(1000));
        call._caller.Cancel();
    }, this, preferLocal: false);

    private TimeSpan GivesUpAfter()
    {
        int draw = Random.Shared.Next(8);
        if (draw == 0) GiveUpElsewhere();
        return draw == 1 ? TimeSpan.FromMilliseconds(Random.Shared.Next(1, 30)) : Timeout.InfiniteTimeSpan;
    }
}
