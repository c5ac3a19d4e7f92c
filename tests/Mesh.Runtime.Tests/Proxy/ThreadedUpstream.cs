using System.Collections.Concurrent;
using Mesh.Runtime.Health;
using Mesh.Runtime.LoadBalancing.Prequal;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Tests.Proxy;

/// <summary>
/// An upstream in memory whose attempts, health checks and callee are answered by pool threads: at once or a little later, well, badly, in pieces or never.
/// It keeps the port's contract, and notes where the mesh does not.
/// </summary>
internal sealed class ThreadedUpstream(TimeProvider time) : IUpstream, IHealthProbe, IEndpointProbe, IApplication
{
    private int _open;

    /// <summary>The callee's sidecar, for some of the attempts.</summary>
    public InboundPipeline? Inbound { get; set; }

    /// <summary>Attempts, bodies and checks under way.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Breaches of the contract, in words.</summary>
    public ConcurrentQueue<string> Complaints { get; } = [];

    public ValueTask<UpstreamReply> SendAsync(Attempt attempt, CancellationToken cancellation) => Random.Shared.Next(12) switch
    {
        0 => new(new UpstreamReply(200, ResponseFlags.None, 1, Complete: true)),
        1 => new(UpstreamReply.ConnectFailure),
        _ => AnswerAsync(attempt, (attempt.Request.Key, attempt.Number), cancellation),
    };

    private async ValueTask<UpstreamReply> AnswerAsync(Attempt attempt, (ulong Key, int Number) mine, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _open);
        try
        {
            int fate = Random.Shared.Next(16);
            await WaitAsync(fate == 0 ? Timeout.Infinite : Random.Shared.Next(5), cancellation);
            if ((attempt.Request.Key, attempt.Number) != mine) Complaints.Enqueue($"attempt {mine} is {(attempt.Request.Key, attempt.Number)} before it was answered");
            if (fate == 1) ((ThreadedCall?)attempt.Request.Message)?.GiveUpElsewhere();
            if (fate == 2) return new UpstreamReply(503, ResponseFlags.UC, 0, Complete: true);
            if (fate == 3 && Inbound is { } inbound) return (await inbound.HandleAsync(Copy(attempt), cancellation)).ToCaller();
            if (fate is 4 or 5) return new UpstreamReply(fate == 4 ? 503 : 200, ResponseFlags.None, 1, Complete: true);
            attempt.Response = mine.Key;
            _ = BodyAsync(attempt, cancellation);   // which may be over before its headers are looked at
            return new UpstreamReply(fate == 6 ? 503 : 200, ResponseFlags.None, 0, Complete: false);
        }
        catch (OperationCanceledException)
        {
            return UpstreamReply.Cancelled;
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private async Task BodyAsync(Attempt attempt, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _open);
        int fate = Random.Shared.Next(8);
        try
        {
            for (int i = Random.Shared.Next(4); i > 0 || fate == 0; i--)
            {
                await WaitAsync(fate == 0 ? 2 : Random.Shared.Next(4), cancellation);
                attempt.Progress();
            }
            attempt.Ended(complete: fate != 1, damaged: fate == 2, grpcStatus: fate == 3 ? 14 : null, bytes: 7);
        }
        catch (OperationCanceledException)
        {
            if (attempt.CancelledBecause is not (ResponseFlags.UT or ResponseFlags.SI or ResponseFlags.DC or ResponseFlags.LR))
                Complaints.Enqueue($"a body was cancelled because of {attempt.CancelledBecause}");
            if (fate > 4) await Task.Yield();
            attempt.Ended(complete: fate == 5);   // says only that it lets go
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    async ValueTask<UpstreamReply> IApplication.HandleAsync(MeshRequest request, CancellationToken cancellation)
    {
        try
        {
            await WaitAsync(Random.Shared.Next(4), cancellation);
            return new UpstreamReply(Random.Shared.Next(8) == 0 ? 503 : 200, ResponseFlags.None, 1, Complete: true);
        }
        catch (OperationCanceledException)
        {
            return UpstreamReply.Cancelled;
        }
    }

    async ValueTask<CheckResult> IHealthProbe.ProbeAsync(int proxyId, Endpoint endpoint, HealthCheckConfig config, int number, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _open);
        try
        {
            await WaitAsync(Random.Shared.Next(6) == 0 ? Timeout.Infinite : Random.Shared.Next(6), cancellation);
            return Random.Shared.Next(5) == 0 ? CheckResult.Failed : CheckResult.Passed;
        }
        catch (OperationCanceledException)
        {
            return CheckResult.NoAnswer;
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    void IEndpointProbe.Probe(int proxy, int endpoint, ulong key, IProbeListener listener)
    {
        if (Random.Shared.Next(10) == 0) return;
        ThreadPool.UnsafeQueueUserWorkItem(_ =>
        {
            long now = time.GetTimestamp();
            listener.Answered(endpoint, key, Inbound?.Probe(now) ?? default, now);
        }, null);
    }

    /// <summary>0 is another thread, some microseconds later: while the first one is about its next step.</summary>
    private async ValueTask WaitAsync(int milliseconds, CancellationToken cancellation)
    {
        if (milliseconds != 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), time, cancellation);
        }
        else
        {
            await Task.Yield();
            Thread.SpinWait(Random.Shared.Next(1000));
        }
        cancellation.ThrowIfCancellationRequested();
    }

    private static MeshRequest Copy(Attempt attempt) =>
        new() { Class = attempt.Request.Class, Key = attempt.Request.Key, Attempt = attempt.Number, Deadline = attempt.HeadersDue };
}
