using Mesh.Runtime.Security.Identities;

namespace Mesh.Scenarios.Running.Live.Isolation;

/// <summary>
/// A process of an isolated world, from inside. Standard input is the way from the runner and the watch over it at once: where it ends, the runner is gone, however it died, and this process ends on the spot.
/// </summary>
internal sealed class IsolatedChild
{
    private readonly ChildConnection _connection;
    private IChildRole? _role;

    private IsolatedChild(Stream output) => _connection = new ChildConnection(output);

    /// <summary>Does what the runner says until it is gone. The process has to end then.</summary>
    public static void Run(Stream input, Stream output)
    {
        var child = new IsolatedChild(output);
        var reader = new FrameReader(input);
        try
        {
            while (reader.TryRead(out var kind, out var content))
                if (kind == FrameKind.Message) child.Take(Message.Read(content));
        }
        catch (IOException)
        {
            // A broken pipe is as good as its end.
        }
    }

    private void Take(Message message)
    {
        switch (message)
        {
            case StartSidecar or StartService:
                _ = AnswerAsync(message, () => StartAsync(message));
                break;
            case Stop:
                _ = AnswerAsync(message, StopAsync, ends: true);
                break;
            case Issued or Failed:
                _connection.Answered(message);
                break;
            default:
                _ = AnswerAsync(message, () => Task.FromResult(Do(message)));
                break;
        }
    }

    private Message Do(Message message)
    {
        var role = _role ?? throw new InvalidOperationException("it has not started");
        switch (message)
        {
            case Listing listing:
                role.Take(listing);
                return new Done();
            case Inject inject:
                role.Faults.Begin(inject.Injection);
                return new Done();
            case EndInjection end:
                return new Counted(role.Faults.End(end.Injection));
            case ReadUsage:
                return new Usage(role.Read());
            case Flush:
                role.Flush();
                return new Done();
            default:
                throw new InvalidDataException($"the runner says {message.GetType().Name}");
        }
    }

    private async Task<Message> StartAsync(Message message)
    {
        await Task.Yield();   // the thread that reads the pipe goes on reading: certificates come by it
        _role = message is StartSidecar sidecar ? await SidecarRole.StartAsync(sidecar, _connection).ConfigureAwait(false) : await ServiceRole.StartAsync((StartService)message).ConfigureAwait(false);
        return _role.Started;
    }

    private async Task<Message> StopAsync()
    {
        if (_role is not null) await _role.DisposeAsync().ConfigureAwait(false);
        return new Done();
    }

    private async Task AnswerAsync(Message question, Func<Task<Message>> answer, bool ends = false)
    {
        try
        {
            _connection.Send(await answer().ConfigureAwait(false) with { Id = question.Id });
        }
        catch (Exception error) when (error is IOException or IdentityException)
        {
            _connection.Send(new Failed(error.Message) { Id = question.Id });
        }
        catch (Exception error)
        {
            _connection.Send(new Failed($"{error.GetType().Name}: {error.Message}") { Id = question.Id });
        }
        if (ends) Environment.Exit(0);
    }
}
