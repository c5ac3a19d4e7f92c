using Google.Protobuf;
using Mesh.Runtime.ControlPlane.RateLimits;
using Mesh.Runtime.ControlPlane.Transport.Messages;
using Mesh.Runtime.Model;
using Mesh.Runtime.RateLimiting;

namespace Mesh.Runtime.ControlPlane.Transport;

/// <summary>
/// A sidecar's way to the control plane's count of its service's global rate limits. One question is under way at a time; requests that come meanwhile are in the next, those that take of the same buckets as one
/// number. So the control plane hears from a sidecar at most once in a round trip, however much load there is.
/// </summary>
internal sealed class GlobalLimitClient(Wire.ControlPlane.ControlPlaneClient client, string service, TimeProvider time) : IGlobalLimits
{
    private const int MostWaiting = 4 * TransportLimits.HitsPerAsk;

    private readonly ByteString _service = service.ToWire();
    private readonly Lock _lock = new();
    private readonly OrderedDictionary<ValueList<LimitUse>, Waiting> _waiting = [];
    private bool _isAsking;

    public async ValueTask<RateLimitDecision?> AskAsync(ValueList<LimitUse> uses, TimeSpan timeout)
    {
        if (Join(uses, out int place, out bool isFirst) is not { } waiting) return null;
        if (isFirst) _ = AskAllAsync(timeout);
        try
        {
            return await waiting.Answer.Task.WaitAsync(timeout, time).ConfigureAwait(false) is { } grant ? new RateLimitDecision(place < grant.Granted, grant.Wait) : null;
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Joins those that wait; <c>null</c> where there are too many.</summary>
    private Waiting? Join(ValueList<LimitUse> uses, out int place, out bool isFirst)
    {
        (place, isFirst) = (0, false);
        lock (_lock)
        {
            if (!_waiting.TryGetValue(uses, out var waiting))
            {
                if (_waiting.Count >= MostWaiting) return null;
                _waiting.Add(uses, waiting = new Waiting());
            }
            if (waiting.Count >= TransportLimits.RequestsPerHit) return null;
            place = waiting.Count++;
            (isFirst, _isAsking) = (!_isAsking, true);
            return waiting;
        }
    }

    /// <summary>Asks for all that wait, until none does.</summary>
    private async Task AskAllAsync(TimeSpan timeout)
    {
        while (Take() is { Count: > 0 } batch)
        {
            IReadOnlyList<LimitGrant> grants = [];
            try
            {
                grants = await AskAsync(batch, timeout).ConfigureAwait(false);
            }
            catch (Exception)
            {
                // Whatever it was, nobody decided: who waits is told so below, and how the sidecar stands with its control plane, its stream says.
            }
            for (int i = 0; i < batch.Count; i++) batch[i].Value.Answer.TrySetResult(i < grants.Count ? grants[i] : null);
        }
    }

    private async Task<IReadOnlyList<LimitGrant>> AskAsync(List<KeyValuePair<ValueList<LimitUse>, Waiting>> batch, TimeSpan timeout)
    {
        using var limit = new CancellationTokenSource(timeout, time);
        var request = new Wire.TokenRequest { Service = _service };
        request.Hits.AddRange(batch.Select(one => TokenWire.Write(new LimitHits(one.Value.Count, one.Key))));
        var answer = await client.TakeTokensAsync(request, cancellationToken: limit.Token).ConfigureAwait(false);
        return [.. answer.Grants.Select(TokenWire.Read)];
    }

    private List<KeyValuePair<ValueList<LimitUse>, Waiting>> Take()
    {
        lock (_lock)
        {
            List<KeyValuePair<ValueList<LimitUse>, Waiting>> batch = [.. _waiting.Take(TransportLimits.HitsPerAsk)];
            if (batch.Count == _waiting.Count) _waiting.Clear();
            else foreach (var one in batch) _waiting.Remove(one.Key);
            _isAsking = batch.Count > 0;
            return batch;
        }
    }

    /// <summary>Requests that take of the same buckets and wait.</summary>
    private sealed class Waiting
    {
        public int Count { get; set; }

        public TaskCompletionSource<LimitGrant?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
