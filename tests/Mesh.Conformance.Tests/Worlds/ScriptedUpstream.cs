using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry;
using Mesh.Simulator.Time;

namespace Mesh.Conformance.Tests.Worlds;

/// <summary>Plays what the virtual network cannot say, in its place: a body that stands still, HTTP/2's streams, and trailers.</summary>
internal sealed class ScriptedUpstream(Script script, EventLoop loop) : IUpstream
{
    public ValueTask<UpstreamReply> SendAsync(Attempt attempt, CancellationToken cancellation)
    {
        var answer = script.Next(attempt.Endpoint.Id);
        if (answer.End == AnswerEnd.ResetBeforeHeaders)
        {
            var hints = answer.RefusesStream ? ReplyHints.RefusedStream : ReplyHints.None;
            return new(new UpstreamReply(503, ResponseFlags.UR, 0, Complete: true) { Hints = hints });
        }
        _ = new Body(attempt, answer, loop, cancellation);
        return new(new UpstreamReply(answer.Status, ResponseFlags.None, answer.Bytes, Complete: false) { GrpcStatus = answer.GrpcHeader ?? 0 });
    }

    /// <summary>The rest of the body, until its end or until nobody wants it.</summary>
    private sealed class Body : SimEvent
    {
        private readonly Attempt _attempt;
        private readonly Answer _answer;
        private readonly EventLoop _loop;
        private readonly CancellationTokenRegistration _cancellation;

        public Body(Attempt attempt, Answer answer, EventLoop loop, CancellationToken cancellation)
        {
            (_attempt, _answer, _loop) = (attempt, answer, loop);
            loop.ScheduleAfter(this, answer.BodyTakes.Ticks);
            _cancellation = cancellation.UnsafeRegister(static state => ((Body)state!).GivenUp(), this);
        }

        protected internal override void Fire()
        {
            _cancellation.Dispose();
            _attempt.Ended(complete: true, grpcStatus: _answer.GrpcTrailer);
        }

        private void GivenUp()
        {
            if (_loop.Cancel(this)) _attempt.Ended(complete: false);
        }
    }
}
