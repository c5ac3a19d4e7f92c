using System.Globalization;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Sidecar.Outbound;

/// <summary>
/// The end of an attempt whose headers have come: whoever comes first (the last byte, a broken connection, a client that lets go, the attempt's own cancellation) decides how it ended, once.
/// </summary>
internal sealed class AttemptEnd
{
    private readonly Attempt _attempt;
    private readonly OutboundCall? _call;
    private readonly HttpResponseMessage _response;
    private readonly bool _upgraded;
    private readonly bool _damaged;
    private readonly Lock _lock = new();
    private readonly CancellationTokenRegistration _cancelled;
    private long _bytes;
    private bool _over;

    /// <summary>Watches the attempt from its headers on.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="call">The call that it is made for; <c>null</c> for a copy, whose end is nobody's concern.</param>
    /// <param name="response">Its answer, which is dropped when the attempt is cancelled.</param>
    /// <param name="upgraded">Whether what follows is an upgraded connection.</param>
    /// <param name="cancellation">The attempt's token.</param>
    public AttemptEnd(Attempt attempt, OutboundCall? call, HttpResponseMessage response, bool upgraded, CancellationToken cancellation)
    {
        _attempt = attempt;
        _call = call;
        _response = response;
        _upgraded = upgraded;
        _damaged = attempt.BodyFault is { Corrupt: true };
        _cancelled = cancellation.UnsafeRegister(static state => ((AttemptEnd)state!).Cancelled(), this);
    }

    /// <summary>Bytes of the body came, or (0 of them) bytes of the request or of an upgraded connection went.</summary>
    public void Passed(int bytes)
    {
        lock (_lock)
        {
            _bytes += bytes;
            if (!_over) _attempt.Progress();
        }
    }

    /// <summary>The body arrived whole, its trailers too.</summary>
    public void Completed() => End(complete: true);

    /// <summary>The connection broke, or a fault cut the body.</summary>
    public void Broke() => End(complete: false);

    /// <summary>Nobody reads any further: the client has let go, which the pipeline hears as of any client that does. An upgraded connection ends like that.</summary>
    public void Dropped()
    {
        if (!_upgraded && !IsOver) _call?.Client.Cancel();
        End(complete: _upgraded);
    }

    private bool IsOver
    {
        get { lock (_lock) return _over; }
    }

    private void End(bool complete)
    {
        if (!IsFirst()) return;
        _cancelled.Unregister();
        if (!complete) Note(_attempt.CancelledBecause is var why and not ResponseFlags.None ? why : ResponseFlags.UC);
        _attempt.Ended(complete, complete && _damaged, GrpcStatus(), _bytes);
    }

    /// <summary>The attempt was given up: the pipeline has settled it already, and only hears that the answer is let go of.</summary>
    private void Cancelled()
    {
        if (!IsFirst()) return;
        Note(_attempt.CancelledBecause);
        _response.Dispose();
        _attempt.Ended(complete: false);
    }

    /// <summary>What the access log says of a body that broke off; an answer that another took the place of is not the call's.</summary>
    private void Note(ResponseFlags why)
    {
        if (_call is not null && why != ResponseFlags.LR) _call.BrokenBecause = why;
    }

    private bool IsFirst()
    {
        lock (_lock)
        {
            if (_over) return false;
            return _over = true;
        }
    }

    private int? GrpcStatus() =>
        _response.TrailingHeaders.NonValidated.TryGetValues(GrpcHeaders.Status, out var values)
        && int.TryParse(values.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out int status) ? status : null;
}
