//go:build desktop && linux

package desktop

/*
#cgo webkit2_41 pkg-config: gtk+-3.0 webkit2gtk-4.1
#cgo !webkit2_41 pkg-config: gtk+-3.0 webkit2gtk-4.0

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <gtk/gtk.h>
#include <webkit2/webkit2.h>

static gboolean hw_own(const char *uri) {
	return uri != NULL && (strncmp(uri, "wails://", 8) == 0 || strcmp(uri, "about:blank") == 0);
}

// The page stays at the terminal's own address; no new windows, no downloads.
static gboolean hw_decide(WebKitWebView *v, WebKitPolicyDecision *d, WebKitPolicyDecisionType type, gpointer data) {
	if (type == WEBKIT_POLICY_DECISION_TYPE_RESPONSE) {
		if (webkit_response_policy_decision_is_mime_type_supported(WEBKIT_RESPONSE_POLICY_DECISION(d)))
			return FALSE;
		webkit_policy_decision_ignore(d);
		return TRUE;
	}
	if (type == WEBKIT_POLICY_DECISION_TYPE_NAVIGATION_ACTION) {
		WebKitNavigationAction *a = webkit_navigation_policy_decision_get_navigation_action(WEBKIT_NAVIGATION_POLICY_DECISION(d));
		if (hw_own(webkit_uri_request_get_uri(webkit_navigation_action_get_request(a))))
			return FALSE;
	}
	webkit_policy_decision_ignore(d);
	return TRUE;
}

static GtkWidget *hw_create(WebKitWebView *v, WebKitNavigationAction *a, gpointer data) { return NULL; }

static gboolean hw_permission(WebKitWebView *v, WebKitPermissionRequest *r, gpointer data) {
	webkit_permission_request_deny(r);
	return TRUE;
}

static gboolean hw_yes(void) { return TRUE; }

static gboolean hw_files(WebKitWebView *v, WebKitFileChooserRequest *r, gpointer data) {
	webkit_file_chooser_request_cancel(r);
	return TRUE;
}

static gboolean hw_reload(gpointer v) {
	webkit_web_view_reload(WEBKIT_WEB_VIEW(v));
	g_object_unref(v);
	return G_SOURCE_REMOVE;
}

// A crashed renderer leaves a blank window: load the page again, after a pause.
static void hw_terminated(WebKitWebView *v, WebKitWebProcessTerminationReason why, gpointer data) {
	g_timeout_add(1000, hw_reload, g_object_ref(v));
}

static void hw_download(WebKitWebContext *c, WebKitDownload *d, gpointer data) { webkit_download_cancel(d); }

static GtkWidget *hw_find(GtkWidget *w) {
	if (WEBKIT_IS_WEB_VIEW(w)) return w;
	if (!GTK_IS_CONTAINER(w)) return NULL;
	GtkWidget *found = NULL;
	GList *kids = gtk_container_get_children(GTK_CONTAINER(w));
	for (GList *k = kids; k != NULL && found == NULL; k = k->next) found = hw_find(GTK_WIDGET(k->data));
	g_list_free(kids);
	return found;
}

static int hw_tries = 0;

static gboolean hw_lock(gpointer data) {
	GList *tops = gtk_window_list_toplevels();
	gboolean done = FALSE;
	for (GList *t = tops; t != NULL; t = t->next) {
		GtkWidget *v = hw_find(GTK_WIDGET(t->data));
		if (v == NULL) continue;
		g_signal_connect(v, "decide-policy", G_CALLBACK(hw_decide), NULL);
		g_signal_connect(v, "create", G_CALLBACK(hw_create), NULL);
		g_signal_connect(v, "permission-request", G_CALLBACK(hw_permission), NULL);
		g_signal_connect(v, "print", G_CALLBACK(hw_yes), NULL);
		g_signal_connect(v, "context-menu", G_CALLBACK(hw_yes), NULL);
		g_signal_connect(v, "run-file-chooser", G_CALLBACK(hw_files), NULL);
		g_signal_connect(v, "web-process-terminated", G_CALLBACK(hw_terminated), NULL);
		// One page, from this process: a small cache. Without any, WebKit fetches
		// whatever it has preloaded once more.
		webkit_web_context_set_cache_model(webkit_web_view_get_context(WEBKIT_WEB_VIEW(v)), WEBKIT_CACHE_MODEL_DOCUMENT_BROWSER);
		g_signal_connect(webkit_web_view_get_context(WEBKIT_WEB_VIEW(v)), "download-started", G_CALLBACK(hw_download), NULL);
		// GTK's own inspector: Ctrl+Shift+I and Ctrl+Shift+D.
		g_signal_connect(t->data, "enable-debugging", G_CALLBACK(hw_yes), NULL);
		WebKitSettings *s = webkit_web_view_get_settings(WEBKIT_WEB_VIEW(v));
		webkit_settings_set_enable_developer_extras(s, FALSE);
		webkit_settings_set_javascript_can_open_windows_automatically(s, FALSE);
		webkit_settings_set_enable_back_forward_navigation_gestures(s, FALSE);
		webkit_settings_set_enable_html5_database(s, FALSE);
		webkit_settings_set_enable_page_cache(s, FALSE);
		done = TRUE;
	}
	g_list_free(tops);
	return (done || ++hw_tries > 200) ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

// One heap of the C library instead of one for each thread, here and in the
// webview's processes, which allocate by themselves where it matters: about ten
// MiB less for a kiosk.
static void hw_one_heap(void) {
	mallopt(M_ARENA_MAX, 1);
	setenv("MALLOC_ARENA_MAX", "1", 0);
}

// Scripts are run as they are read and not compiled to machine code first: the page
// of a public screen runs little, most of it once, when it opens. It stands sooner,
// holds ten MiB less, and offers strangers less to attack.
static void hw_read_scripts(void) { setenv("JSC_useJIT", "0", 0); }

// Where the webview was told to draw without the graphics card, neither it nor the
// window around it needs one: both would load its driver all the same, in each process.
static void hw_no_card(void) {
	const char *off = getenv("WEBKIT_DISABLE_COMPOSITING_MODE");
	if (!off || !*off || strcmp(off, "0") == 0) return;
	setenv("GDK_GL", "disable", 0);
	setenv("WEBKIT_DISABLE_DMABUF_RENDERER", "1", 0);
}

static void hw_lock_down(void) { g_timeout_add(20, hw_lock, NULL); }
*/
import "C"

// lean keeps memory small; called before the window is made. A public screen's
// scripts are not compiled.
func lean(public bool) {
	C.hw_one_heap()
	C.hw_no_card()
	if public {
		C.hw_read_scripts()
	}
}

// lockDown connects what Wails leaves open, on GTK's own thread, as soon as
// the window is there.
func lockDown() { C.hw_lock_down() }
