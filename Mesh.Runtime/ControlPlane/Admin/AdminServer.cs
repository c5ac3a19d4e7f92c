using System.Net;
using System.Security.Claims;
using System.Text.Json;
using Mesh.Runtime.ControlPlane.Hosting;
using Mesh.Runtime.ControlPlane.Store;
using Mesh.Runtime.Sidecar;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using BadHttpRequestException = Microsoft.AspNetCore.Http.BadHttpRequestException;

namespace Mesh.Runtime.ControlPlane.Admin;

/// <summary>The admin API on a port of its own.</summary>
internal sealed class AdminServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private AdminServer(WebApplication app) => _app = app;

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address => ProxyPort.AddressOf(_app);

    /// <summary>Serves the API.</summary>
    /// <param name="options">Where, and for whom; without problems.</param>
    /// <param name="plane">The control plane.</param>
    /// <param name="desk">The certificate authority.</param>
    /// <param name="audit">Told of changes and refusals.</param>
    /// <param name="time">The control plane's clock.</param>
    /// <param name="failed">Told of errors that are MeshLab's own. It must not throw.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="IOException">It cannot listen there.</exception>
    public static async Task<AdminServer> StartAsync(AdminOptions options, IControlPlane plane, CertificateDesk desk, AuditLog audit, LiveTime time, Action<Exception> failed, CancellationToken cancellation)
    {
        var access = new AdminAccess(options, time);   // now, so that the token is there before anybody needs it
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Listen(kestrel, options));
        var services = builder.Services;
        services.AddSingleton(plane).AddSingleton(desk).AddSingleton(_ => access).AddRouting();
        services.ConfigureHttpJsonOptions(json => AdminJson.Configured(json.SerializerOptions));
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddAuthentication(AdminAuthentication.SchemeName).AddScheme<AuthenticationSchemeOptions, AdminAuthentication>(AdminAuthentication.SchemeName, null);
        services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireRole(AdminRoles.All).Build())   // who is not let in learns not even which paths there are
            .AddPolicy(AdminRoles.MayLook, policy => policy.RequireRole(AdminRoles.All))
            .AddPolicy(AdminRoles.MayOperate, policy => policy.RequireRole(AdminRoles.Operator))
            .AddPolicy(AdminRoles.MayInject, policy => policy.RequireRole(AdminRoles.Chaos))
            .AddPolicy(AdminRoles.MayStop, policy => policy.RequireRole(AdminRoles.Chaos, AdminRoles.Operator));
        services.AddProblemDetails(problems => problems.CustomizeProblemDetails = context => context.ProblemDetails.Detail ??= Explain(context.ProblemDetails.Status));
        services.AddRequestTimeouts(timeouts => timeouts.DefaultPolicy = new RequestTimeoutPolicy { Timeout = options.RequestTime, TimeoutStatusCode = StatusCodes.Status408RequestTimeout });
        services.AddOpenApi("v1", AdminDescription.Configure);
        services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(ControlPlaneMeter.Name).AddPrometheusExporter());

        var app = builder.Build();
        app.Use((context, next) => AuditAsync(context, next, audit));
        app.UseExceptionHandler(new ExceptionHandlerOptions { StatusCodeSelector = StatusOf, ExceptionHandler = context => ExplainAsync(context, failed) });
        app.UseStatusCodePages();
        app.UseRouting();
        app.UseRequestTimeouts();
        app.UseAuthentication();
        app.UseAuthorization();
        AdminEndpoints.Map(app);
        app.MapOpenApi("/openapi.json").AllowAnonymous();
        app.MapPrometheusScrapingEndpoint("/metrics").RequireAuthorization(AdminRoles.MayLook);
        try
        {
            await app.StartAsync(cancellation).ConfigureAwait(false);
        }
        catch
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        return new AdminServer(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static void Listen(KestrelServerOptions kestrel, AdminOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
        kestrel.Limits.RequestHeadersTimeout = options.HeadTime;
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        kestrel.Limits.KeepAliveTimeout = options.HeadTime;   // it is also how long a connection may say nothing at all
        kestrel.Listen(options.Listen, listen =>
        {
            listen.Protocols = options.Certificate is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
            if (options.Certificate is not { } certificate) return;
            listen.UseHttps(new HttpsConnectionAdapterOptions
            {
                ServerCertificate = certificate,
                ClientCertificateMode = options.Clients is null ? ClientCertificateMode.NoCertificate : ClientCertificateMode.AllowCertificate,
                ClientCertificateValidation = static (_, _, _) => true,   // AdminAccess judges it, so that a refusal is an answer
                HandshakeTimeout = options.HeadTime,
            });
        });
    }

    private static async Task AuditAsync(HttpContext context, RequestDelegate next, AuditLog audit)
    {
        await next(context).ConfigureAwait(false);
        bool isChange = !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method);
        if (!isChange && context.Response.StatusCode is not (401 or 403)) return;
        string why = context.Items[AdminAuthentication.RefusedKey] as string ?? (context.Response.StatusCode is 403 ? $"has the roles [{string.Join(", ", context.User.FindAll(ClaimTypes.Role).Select(role => role.Value))}]" : "");
        string trial = context.Request.Query["dryRun"] is [var dry] && bool.TryParse(dry, out bool isDry) && isDry ? " (dry run)" : "";
        audit.Write(context.User.Identity?.Name ?? "", $"{context.Connection.RemoteIpAddress}", $"{context.Request.Method} {context.Request.Path}{trial}", context.Response.StatusCode, why);
    }

    private static int StatusOf(Exception error) => error switch
    {
        BadHttpRequestException bad => bad.StatusCode,
        TimeoutException => StatusCodes.Status503ServiceUnavailable,
        StoreException => StatusCodes.Status507InsufficientStorage,
        OperationCanceledException => StatusCodes.Status408RequestTimeout,
        _ => StatusCodes.Status500InternalServerError,
    };

    private static Task ExplainAsync(HttpContext context, Action<Exception> failed)
    {
        var error = context.Features.Get<IExceptionHandlerFeature>()!.Error;
        if (context.Response.StatusCode == StatusCodes.Status500InternalServerError) failed(error);
        string? detail = error switch
        {
            BadHttpRequestException { InnerException: JsonException json } => AdminJson.Problem(json),
            BadHttpRequestException or TimeoutException or StoreException => error.Message,
            _ => Explain(context.Response.StatusCode),
        };
        return Results.Problem(detail, statusCode: context.Response.StatusCode).ExecuteAsync(context);
    }

    private static string? Explain(int? status) => status switch
    {
        401 => "who are you? Send 'authorization: Bearer TOKEN' (the token is in the control plane's state directory), or come with a client certificate",
        403 => "your roles do not allow this: viewers look, chaos injects faults, operators change the rest",
        404 => "there is nothing here; /openapi.json lists what there is",
        405 => "this path has no such method; /openapi.json lists what there is",
        408 => "the request took too long to arrive",
        413 => "the body is too large",
        415 => "the body must be JSON: 'content-type: application/json'",
        500 => "an error in MeshLab; its log says more",
        _ => null,
    };
}
