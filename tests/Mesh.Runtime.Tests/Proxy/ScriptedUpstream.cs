using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry;
using Mesh.Simulator.Time;

namespace Mesh.Runtime.Tests.Proxy;

/// <summary>An upstream that does with each attempt what a script says, and keeps the port's contract to the letter.</summary>
internal sealed class ScriptedUpstream(EventLoop loop) : IUpstream
{
    private Func<Attempt, Step> _script = _ => Step.Answer();

    /// <summary>The attempts that were sent, in order.</summary>
    public List<Sending> Sent { get; } = [];

    /// <summary>Exchanges whose headers or body are still to come.</summary>
    public int Open { get; private set; }

    /// <summary>Why attempts were cancelled in their bodies, in order.</summary>
    public List<ResponseFlags> Cancellations { get; } = [];

    /// <summary>Every request meets these steps, one an attempt; the last goes on for ever.</summary>
    public void Plays(params Step[] steps) => _script = attempt => steps[Math.Min(attempt.Number, steps.Length - 1)];

    /// <summary>Each attempt meets what the script says.</summary>
    public void Plays(Func<Attempt, Step> script) => _script = script;

    public ValueTask<UpstreamReply> SendAsync(Attempt attempt, CancellationToken cancellation)
    {
        loop.AssertOnThread();
        Sent.Add(new Sending(loop.Now, attempt.Request.Key, attempt.Number, attempt.Endpoint.Id, attempt.OpensConnection));
        var step = _script(attempt);
        if (cancellation.IsCancellationRequested) return new ValueTask<UpstreamReply>(UpstreamReply.Cancelled);
        if (step is { After: 0, Reply.Complete: true }) return new ValueTask<UpstreamReply>(step.Reply);
        return new Exchange(this, attempt, step, cancellation).Headers;
    }

    /// <summary>One attempt as the upstream saw it.</summary>
    internal readonly record struct Sending(long At, ulong Request, int Number, int Endpoint, bool OpensConnection);

    private sealed class Exchange : SimEvent
    {
        private readonly TaskCompletionSource<UpstreamReply> _headers = new();
        private readonly ScriptedUpstream _upstream;
        private readonly EventLoop _loop;
        private readonly Attempt _attempt;
        private readonly Step _step;
        private CancellationTokenRegistration _cancellation;
        private bool _inBody;

        public Exchange(ScriptedUpstream upstream, Attempt attempt, Step step, CancellationToken cancellation)
        {
            (_upstream, _attempt, _step) = (upstream, attempt, step);
            _loop = upstream.Loop;
            upstream.Open++;
            _cancellation = cancellation.UnsafeRegister(static state => ((Exchange)state!).Cancelled(), this);
            if (step.After == 0) AtHeaders();
            else if (!step.IsSilent) _loop.ScheduleAfter(this, TestMesh.Ticks(step.After));
        }

        public ValueTask<UpstreamReply> Headers => new(_headers.Task);

        protected override void Fire()
        {
            if (!_inBody)
            {
                AtHeaders();
                return;
            }
            Over();
            _attempt.Ended(complete: !_step.BreaksOff, grpcStatus: _step.Trailers, bytes: _step.BytesAtEnd);
        }

        private void AtHeaders()
        {
            _inBody = !_step.Reply.Complete;
            if (_inBody) _loop.ScheduleAfter(this, TestMesh.Ticks(_step.BodyAfter));
            else Over();
            _attempt.Response = _step.Response;
            _headers.SetResult(_step.Reply);
        }

        private void Cancelled()
        {
            _loop.AssertOnThread();
            _loop.Cancel(this);
            bool inBody = _inBody;
            Over();
            if (!inBody)
            {
                _headers.SetResult(UpstreamReply.Cancelled);
                return;
            }
            _upstream.Cancellations.Add(_attempt.CancelledBecause);
            _attempt.Ended(complete: false);
        }

        private void Over()
        {
            _cancellation.Dispose();
            _upstream.Open--;
        }
    }

    private EventLoop Loop => loop;
}
