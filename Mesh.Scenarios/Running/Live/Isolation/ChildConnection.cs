using System.Collections.Concurrent;
using Mesh.Runtime.Telemetry;

namespace Mesh.Scenarios.Running.Live.Isolation;

/// <summary>A process's way to the runner: its standard output.</summary>
/// <param name="output">The pipe.</param>
internal sealed class ChildConnection(Stream output)
{
    private readonly ConcurrentDictionary<long, TaskCompletionSource<Message>> _asked = new();
    private readonly Lock _writing = new();
    private long _questions;

    /// <summary>Says something.</summary>
    public void Send(Message message) => Write(message.ToFrame());

    /// <summary>Sends decisions.</summary>
    public void Send(ReadOnlySpan<MeshEvent> events) => Write(Frame.Encode(FrameKind.Events, EventBytes.Write(events)));

    /// <summary>Sends whole lines for standard output.</summary>
    public void Send(ReadOnlySpan<byte> lines) => Write(Frame.Encode(FrameKind.Lines, lines));

    /// <summary>Asks the runner.</summary>
    public async Task<Message> AskAsync(Message question, CancellationToken cancellation)
    {
        long id = Interlocked.Increment(ref _questions);
        var answer = _asked[id] = new TaskCompletionSource<Message>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            Send(question with { Id = id });
            return await answer.Task.WaitAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            _asked.TryRemove(id, out _);
        }
    }

    /// <summary>An answer came.</summary>
    public void Answered(Message answer)
    {
        if (_asked.TryGetValue(answer.Id, out var asked)) asked.TrySetResult(answer);
    }

    private void Write(byte[] frame)
    {
        lock (_writing)
        {
            output.Write(frame);
            output.Flush();
        }
    }
}
