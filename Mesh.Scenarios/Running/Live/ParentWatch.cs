namespace Mesh.Scenarios.Running.Live;

/// <summary>
/// Ends a child when its parent is gone, however that died: the parent holds the other end of a pipe that the child inherits as its standard input and never writes to it.
/// When the parent ends, the kernel closes it, and reading comes to its end.
/// </summary>
internal static class ParentWatch
{
    /// <summary>Cancelled once <paramref name="pipe"/> is at its end.</summary>
    public static CancellationToken Of(Stream pipe)
    {
        var gone = new CancellationTokenSource();
        new Thread(() => Watch(pipe, gone)) { Name = "parent watch", IsBackground = true }.Start();
        return gone.Token;
    }

    private static void Watch(Stream pipe, CancellationTokenSource gone)
    {
        var buffer = new byte[256];
        try
        {
            while (pipe.Read(buffer) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A broken pipe is as good as its end.
        }
        gone.Cancel();
    }
}
