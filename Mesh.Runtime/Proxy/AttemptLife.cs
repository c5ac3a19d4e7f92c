using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Proxy;

/// <summary>
/// What becomes of an attempt, decided once, whoever comes first: the pipeline, the thread that reads the body, the timer, the caller's cancellation. It decides under its lock and does nothing itself,
/// so that whatever follows from a decision runs outside it.
/// </summary>
/// <remarks>
/// It is used again with its attempt, so that a timer or a cancellation of an earlier life may still come: it finds that its reason does not hold now, and goes away. Whoever speaks to the attempt beyond
/// that holds it: the pipeline, the upstream while a body is under way, and a stop that is being carried out. Only the last to let go (<see cref="Release"/>) gives it back.
/// </remarks>
internal sealed class AttemptLife(DeadlineTimer timer)
{
    private readonly Lock _lock = new();
    private volatile Phase _phase;
    private int _holds;
    private CancellationToken _caller;
    private ResponseFlags _giveUpFlag;
    private long _deadline;
    private long _idleTimeout;
    private BodyEnd? _end;

    private enum Phase : byte
    {
        /// <summary>Over, or not begun.</summary>
        Over,

        /// <summary>Headers are still to come.</summary>
        Sent,

        /// <summary>Headers are here, and the pipeline makes up its mind whether they stand.</summary>
        Judged,

        /// <summary>The caller has the headers: the end of the body is the end of the request.</summary>
        Body,
    }

    /// <summary>Why its token was cancelled; none while it was not.</summary>
    public ResponseFlags CancelledBecause { get; private set; }

    /// <summary>How the body ended. There is one once the end is decided.</summary>
    public BodyEnd End => _end!.Value;

    /// <summary>An attempt begins, held by the pipeline.</summary>
    /// <param name="caller">Who may give it up.</param>
    /// <param name="giveUpFlag">What is said of it then.</param>
    /// <param name="deadline">When the request's time is up, in ticks.</param>
    /// <param name="idleTimeout">Longest silence within the body, in ticks; 0 is no limit.</param>
    public void Begin(CancellationToken caller, ResponseFlags giveUpFlag, long deadline, long idleTimeout)
    {
        (_caller, _giveUpFlag, _deadline, _idleTimeout) = (caller, giveUpFlag, deadline, idleTimeout);
        CancelledBecause = ResponseFlags.None;
        _end = null;
        _holds = 1;
        _phase = Phase.Sent;   // the last: who comes late from an earlier life looks at it first
    }

    /// <summary>Headers are waited for until then.</summary>
    public void AwaitHeaders(long due, long now)
    {
        lock (_lock) timer.Set(due, now);
    }

    /// <summary>Whether it was stopped while it went to stand in the queue for a connection.</summary>
    public bool IsStopped
    {
        get { lock (_lock) return CancelledBecause != ResponseFlags.None; }
    }

    /// <summary>What follows the headers is an upgraded connection, which no deadline ends.</summary>
    public void OutlastDeadline()
    {
        lock (_lock) _deadline = long.MaxValue;
    }

    /// <summary>Headers came, or what happened instead.</summary>
    /// <param name="complete">Whether the body is here too. If not, the upstream holds the attempt until <see cref="TryEnd"/>.</param>
    /// <param name="now">The time in ticks.</param>
    /// <param name="cancelledBecause">Why nobody wants the headers any more; none when they are wanted.</param>
    /// <returns>Whether the attempt is over.</returns>
    public bool AtHeaders(bool complete, long now, out ResponseFlags cancelledBecause)
    {
        lock (_lock)
        {
            if (!complete && _end is null) Interlocked.Increment(ref _holds);   // an end that overtook its headers holds nothing
            cancelledBecause = CancelledBecause;
            if (complete || cancelledBecause != ResponseFlags.None)
            {
                Close();
                return true;
            }
            _phase = Phase.Judged;
            ArmForBody(now);
            return false;
        }
    }

    /// <summary>Some of the body came.</summary>
    public void Progress(long now)
    {
        lock (_lock)
        {
            if (_phase is Phase.Judged or Phase.Body) ArmForBody(now);
        }
    }

    /// <summary>The upstream says that the body is over, and lets go.</summary>
    /// <param name="end">How.</param>
    /// <param name="held">Whether it held the attempt, and has to <see cref="Release"/> it.</param>
    /// <returns>Whether that ends the request.</returns>
    public bool TryEnd(in BodyEnd end, out bool held)
    {
        lock (_lock)
        {
            held = _phase != Phase.Sent;
            _end ??= end;
            return FinishesInBody();
        }
    }

    /// <summary>The answer stands, and its caller has it.</summary>
    /// <returns>Whether its body is over already.</returns>
    public bool HandOver()
    {
        lock (_lock)
        {
            _phase = Phase.Body;
            return _end is not null && FinishesInBody();
        }
    }

    /// <summary>The answer does not stand. Its body is over at once.</summary>
    /// <returns>Whether the token has to be cancelled.</returns>
    public bool Abandon()
    {
        lock (_lock)
        {
            Close();
            if (_end is not null) return false;
            CancelledBecause = ResponseFlags.LR;
            _end = BodyEnd.Broken(ResponseFlags.None);
            return true;
        }
    }

    /// <summary>It belongs to another caller from now on. A winner of hedges that was stopped as beaten was stopped by that caller.</summary>
    public void MoveTo(CancellationToken caller, ResponseFlags giveUpFlag)
    {
        lock (_lock)
        {
            if (CancelledBecause == _giveUpFlag) (CancelledBecause, _end) = (giveUpFlag, BodyEnd.Broken(giveUpFlag));
            (_caller, _giveUpFlag) = (caller, giveUpFlag);
        }
    }

    /// <summary>It is over without a body.</summary>
    public void Refuse()
    {
        lock (_lock) Close();
    }

    /// <summary>The timer fired.</summary>
    /// <returns>Whether the attempt has to be stopped, and how.</returns>
    public StopKind Expire(long now)
    {
        lock (_lock)
        {
            if (!timer.IsDue(now)) return StopKind.None;
            return Stop(_phase == Phase.Sent || now >= _deadline ? ResponseFlags.UT : ResponseFlags.SI);
        }
    }

    /// <summary>A caller's token fired. It is this life's, or the object was another attempt then.</summary>
    /// <returns>Whether the attempt has to be stopped, and how.</returns>
    public StopKind GiveUp()
    {
        lock (_lock) return _phase != Phase.Over && _caller.IsCancellationRequested ? Stop(_giveUpFlag) : StopKind.None;
    }

    /// <summary>One of those who hold the attempt lets go.</summary>
    /// <returns>Whether it was the last, which gives the attempt back.</returns>
    public bool Release() => Interlocked.Decrement(ref _holds) == 0;

    private StopKind Stop(ResponseFlags why)
    {
        if (_phase == Phase.Over || CancelledBecause != ResponseFlags.None || _end is not null) return StopKind.None;
        CancelledBecause = why;
        Interlocked.Increment(ref _holds);   // until it has been carried out
        if (_phase == Phase.Sent) return StopKind.BeforeHeaders;
        _end = BodyEnd.Broken(why);
        return FinishesInBody() ? StopKind.EndsRequest : StopKind.InBody;
    }

    private bool FinishesInBody()
    {
        if (_phase != Phase.Body) return false;
        Close();
        return true;
    }

    private void Close()
    {
        _phase = Phase.Over;
        timer.Stop();
    }

    private void ArmForBody(long now) => timer.Set(_idleTimeout == 0 ? _deadline : Math.Min(_deadline, now + _idleTimeout), now);
}

/// <summary>How an attempt that ends early is stopped. Whoever does it holds the attempt meanwhile.</summary>
internal enum StopKind
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>It leaves the queue for a connection, or its token is cancelled; the pipeline hears of it in place of headers.</summary>
    BeforeHeaders,

    /// <summary>Its token is cancelled; the pipeline, which looks at its headers, finds that its body is over.</summary>
    InBody,

    /// <summary>Its token is cancelled, and the request is over.</summary>
    EndsRequest,
}

/// <summary>How a body ended.</summary>
/// <param name="Complete">Whether all of it arrived.</param>
/// <param name="Damaged">Whether a fault damaged it.</param>
/// <param name="GrpcStatus">What its trailers said; <c>null</c> where they said nothing.</param>
/// <param name="Bytes">Its bytes; -1 for those of the reply.</param>
/// <param name="Flags">Why it broke off.</param>
internal readonly record struct BodyEnd(bool Complete, bool Damaged, int? GrpcStatus, long Bytes, ResponseFlags Flags)
{
    /// <summary>It broke off, for a reason of this side's.</summary>
    public static BodyEnd Broken(ResponseFlags why) => new(false, false, null, -1, why);
}
